"""Whatever lines a batch has and however it comes, it is answered and kept as its lines are one by one."""

import asyncio
import json
from collections import Counter
from itertools import pairwise

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.ingest.submissions.service import Intake
from tests.builders.emptying import empty
from tests.builders.keys import a_key
from tests.builders.reports import COUNTY, NEIGHBOUR, NEIGHBOURS_VILLAGES, TOWNSHIP, VILLAGES, a_report, a_row
from tests.ingest.test_batches import NDJSON, URL

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FOREIGN = "370102001000"
UNITS = {TOWNSHIP: VILLAGES, NEIGHBOUR: NEIGHBOURS_VILLAGES, FOREIGN: VILLAGES}
NO_REPORTS = (b"", b" \t\r", b"{]", b"[]", b"null", b'{"form": 7}', "too large")
WAIVED = [{"warning": "village_missing", "reason": "撤并"}]
KEPT = {
    "submission": "select to_jsonb(s) - 'transaction_id' from submission as s",
    "submission_row": "select to_jsonb(r) from submission_row as r",
    "submission_event": "select to_jsonb(e) - 'id' from submission_event as e",
    "quarantine": "select to_jsonb(q) - 'id' - 'body' from quarantine as q",
    "idempotency_key": "select to_jsonb(k) - 'body' || jsonb_build_object('body', convert_from(body, 'UTF8')) "
    "from idempotency_key as k",
    "expected_report": "select to_jsonb(period || count(*)) from expected_report group by form, period",
    "audit_event": "select to_jsonb(a) - '{id,at,hash,previous_hash}'::text[] #- '{after,transaction_id}' "
    "from audit_event as a where kind <> 'api_key'",
}
TOLD = """
    select id::text, division, period, revision, note, array(
        select fields ->> 'remark' from submission_row where submission_id = submission.id order by number
    )
    from submission
"""
REPORTS = st.fixed_dictionaries({
    "division": st.sampled_from([TOWNSHIP, NEIGHBOUR] * 4 + [FOREIGN]),
    "period": st.sampled_from(["2021-10"] * 3 + ["2021-09", "2021-11"]),
    "hours": st.sampled_from([2, 2, 2, 900, 40, -1]),
    "units": st.sampled_from([3, 3, 1]),
    "base": st.sampled_from(["right", "right", "right", "stale", "none"]),
    "nil": st.sampled_from([False] * 5 + [True]),
    "waived": st.sampled_from([False, False, True]),
    "key": st.sampled_from([None, None, "a", "b", "c"]),
})  # fmt: skip
LINES = st.lists(st.one_of(*[REPORTS] * 5, st.sampled_from(NO_REPORTS), st.just("again")), min_size=3, max_size=9)
CUTS = st.lists(st.floats(0, 1), max_size=3)


def cut(lines, cuts):
    """The body that lines make, in parts."""
    body = b"\n".join(lines)
    places = [0, *[int(cut * len(body)) for cut in sorted(cuts)], len(body)]
    return [body[begin:end] for begin, end in pairwise(places)]


def written(drawn, sender=""):
    """Lines as they are sent: of a report the revisions are counted as if all that can be taken were."""
    revisions, lines = Counter(), []
    for number, line in enumerate(drawn):
        if line == "again":
            lines.append(lines[-1] if lines else b"")
        elif line == "too large":
            lines.append(b"x" * 100_001)
        elif isinstance(line, bytes):
            lines.append(line)
        else:
            lines.append(json.dumps(report_of(f"{sender}{number}", line, revisions)).encode())
    return lines


def report_of(name, line, revisions):
    """A report whose note and rows say the name of its line."""
    about = {"division": line["division"], "period": line["period"], "note": name}
    report = tuple(about.values())[:2]
    base = {"right": revisions[report], "stale": 7, "none": 0}[line["base"]]
    about |= {"base_revision": base or ..., "idempotency_key": line["key"] or ...}
    revisions[report] += (line["nil"] or line["hours"] > 0) and line["base"] == "right"
    if line["nil"]:
        return a_report(**about, nil=True, rows=...)
    rows = [a_row(unit, hours=line["hours"], remark=name) for unit in UNITS[line["division"]][: line["units"]]]
    return a_report(*rows, **about, waivers=WAIVED if line["waived"] else ...)


class Office:
    """The ingest service over a database that is emptied again and again."""

    def __init__(self, app, client, database, stored):
        self._state, self._client, self._database, self.stored = app.state, client, database, stored

    async def emptied(self):
        """The key of a county, where nothing was sent yet and nothing is remembered."""
        with psycopg.connect(self._database) as connection:
            empty(connection)
        state = self._state
        state.intake = Intake(state.engine, state.clock, state.catalog, state.personal)
        return await self.key()

    async def key(self):
        return await a_key(self._state.engine, self._state.clock, division=COUNTY)

    async def send(self, key, parts):
        """The results of a batch."""

        async def body():
            for part in parts:
                yield part

        headers = NDJSON | {"authorization": f"Bearer {key}", "accept-language": "en"}
        answer = await self._client.post(URL, content=body(), headers=headers)
        assert answer.status_code == 200
        return [json.loads(line) for line in answer.content.splitlines()]

    def kept(self, results):
        """What was answered in order, and what is kept; by note and revision where there is an id."""
        found = {name: [row for (row,) in self.stored.read(query)] for name, query in KEPT.items()}
        names = {row["id"]: f"{row['note']} as {row['revision']}" for row in found["submission"]}
        kept = {name: sorted(named(row, names) for row in rows) for name, rows in found.items()}
        return kept | {"refused": sorted(self.stored.refused()), "results": [named(one, names) for one in results]}


@pytest.fixture
def office(app, client, database, stored):
    return Office(app, client, database, stored)


def named(told, names):
    """What is told as a text, in which ids are replaced by names."""
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    for id_, name in names.items():
        text = text.replace(id_, name)
    return text


@FEW
@given(drawn=LINES, cuts=CUTS)
async def test_a_batch_is_answered_and_kept_as_its_lines_one_by_one(drawn, cuts, office):
    lines = written(drawn)
    key = await office.emptied()
    together = office.kept(await office.send(key, cut(lines, cuts)))
    key, results = await office.emptied(), []
    for number, line in enumerate(lines, 1):
        results += [result | {"line": number} for result in await office.send(key, [line])]
    singly = office.kept(results)

    assert together == singly


@FEW
@given(drawn=LINES, other=st.none() | LINES, cuts=CUTS)
async def test_of_two_batches_at_once_each_line_that_is_acknowledged_is_there_once(drawn, other, cuts, office):
    sent = [written(drawn, "a"), written(other or drawn, "b")]
    keys = [await office.emptied(), await office.key()]

    answers = await asyncio.gather(
        *[office.send(key, cut(lines, cuts)) for key, lines in zip(keys, sent, strict=True)]
    )

    acknowledged = {}
    for lines, results in zip(sent, answers, strict=True):
        assert [result["line"] for result in results] == [n for n, line in enumerate(lines, 1) if line.strip()]
        assert {result["status"] for result in results} <= {201, 400, 403, 409, 413, 422}
        for result in results:
            if result["status"] == 201:
                told = told_of(json.loads(lines[result["line"] - 1]))
                assert acknowledged.setdefault(result["submission"]["id"], told) == told
    assert {id_: told for id_, *told in office.stored.read(TOLD)} == acknowledged
    revisions = office.stored.read("select max(revision), count(*) from submission group by form, period, division")
    assert all(newest == count for newest, count in revisions)


def told_of(report):
    """What is kept of a report, as TOLD reads it."""
    revision, note = report.get("base_revision", 0) + 1, report["note"]
    remarks = [None] * 3 if report.get("nil") else [note] * len(report["rows"])
    return [report["division"], report["period"], revision, note, remarks]
