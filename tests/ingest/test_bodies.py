"""Whatever is sent: never a 500, never a row of it kept, and always a reason."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders.reports import VILLAGES, a_report, a_row

URL = "/v1/submissions"
JSON = {"content-type": "application/json"}
DEEP = b"[" * 40_000 + b"]" * 40_000
NOT_JSON = {
    "empty": b"",
    "cut off": json.dumps(a_report()).encode()[:-5],
    "two texts": b"{} {}",
    "not UTF-8": b'{"form": "\xff"}',
    "UTF-16": '{"form": "x"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"rows": [{"hours": NaN}]}',
    "Infinity": b'{"rows": [{"hours": -Infinity}]}',
    "lone surrogate": b'{"note": "\\ud800"}',
    "nested too deep": DEEP,
    "nested too deep in a row": b'{"rows": [' + DEEP + b"]}",
    "leading zero": b'{"base_revision": 01}',
    "a name twice": b'{"form": "trial_visit", "form": "trial_plan"}',
    "a name twice in a row": b'{"rows": [{"hours": 1, "hours": 2}]}',
}
HARD_VALUES = {
    "huge integer": b"9" * 5000, "huge decimal": b"1e999999", "tiny decimal": b"1e-999999",
    "zero with a huge exponent": b"0e999999999999", "zero with a large exponent": b"0e200000",
    "signalling NaN": b'"sNaN"', "nested": b"[" * 300 + b"]" * 300, "number as text": b'"1_0"',
    "long text": b'"' + b"x" * 50_000 + b'"', "minus": b"-1e5",
}  # fmt: skip


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
async def test_what_is_not_json_is_told_with_the_reason(body, desk, stored):
    answer = await desk.post(URL, content=body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")
    assert answer.json()["why"]
    assert stored.refused() == [body]


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"x"', b"true"])
async def test_json_that_is_no_object_is_told(body, desk):
    answer = await desk.post(URL, content=body, headers=JSON)

    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [("wrong_type", "")]


@pytest.mark.parametrize("field", ["hours", "visit_no", "done", "kind", "visited_on", "remark"])
@pytest.mark.parametrize("value", HARD_VALUES.values(), ids=HARD_VALUES)
async def test_a_value_no_machine_likes_is_a_fault_of_its_field(value, field, desk, stored):
    body = json.dumps(a_report(a_row(**{field: "@"}))).encode().replace(b'"@"', value)

    answer = await desk.post(URL, content=body, headers=JSON)

    is_text = field == "remark" and value in (b'"sNaN"', b'"1_0"')
    assert answer.status_code == (201 if is_text else 422)
    assert is_text or answer.json()["errors"][0]["pointer"] == f"/rows/0/{field}"


@pytest.mark.parametrize(
    "media_type",
    [
        "text/csv; charset=latin-1",
        "text/tab-separated-values",
        "application/json; charset=gbk",
        "application/jsonp",
        None,
    ],
)
async def test_another_media_type_is_refused(media_type, desk, stored):
    headers = {"content-type": media_type} if media_type else {}

    answer = await desk.post(URL, content=json.dumps(a_report()), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unknown")
    assert stored.count("quarantine") == 1


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON", 'application/json;charset="UTF-8"'])
async def test_json_in_utf_8_may_say_so(media_type, desk):
    answer = await desk.post(URL, content=json.dumps(a_report()), headers={"content-type": media_type})

    assert answer.status_code == 201


async def test_a_compressed_body_is_refused_as_such(desk):
    answer = await desk.post(URL, content=b"\x1f\x8b", headers=JSON | {"content-encoding": "gzip"})

    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unknown")


async def test_a_body_that_is_announced_as_too_large_is_refused(desk, stored):
    answer = await desk.post(URL, content=b" " * 100_001, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert stored.count("quarantine") == 0


async def test_a_body_that_turns_out_too_large_is_not_read_to_its_end(desk):
    sent = []

    async def endless():
        while True:
            sent.append(1)
            yield b" " * 10_000

    answer = await desk.post(URL, content=endless(), headers=JSON)

    assert (answer.status_code, len(sent)) == (413, 11)


async def test_a_body_of_the_largest_size_is_taken(desk):
    body = json.dumps(a_report()).encode().ljust(100_000)

    answer = await desk.post(URL, content=body, headers=JSON)

    assert answer.status_code == 201


FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8),
    st.sampled_from([*VILLAGES, "trial_visit", "2021-10", "370104009000", "home"]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["form", "period", "division", "rows", "nil", "note", "base_revision", "hours", "visit_no"]
) | st.text(max_size=4)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6)
)
WRONG_ROWS = st.lists(st.dictionaries(NAMES, ANY_JSON, max_size=6), min_size=1, max_size=4)


@FUZZ
@given(body=st.binary(max_size=200))
async def test_arbitrary_bytes_are_refused_and_nothing_breaks(body, desk, stored):
    answer = await desk.post(URL, content=body, headers=JSON)

    assert 400 <= answer.status_code < 500
    assert stored.count("submission") == stored.count("submission_row") == 0


@FUZZ
@given(body=ANY_JSON)
async def test_arbitrary_json_is_refused_and_nothing_breaks(body, desk, stored):
    answer = await desk.post(URL, content=json.dumps(body), headers=JSON)

    assert 400 <= answer.status_code < 500
    assert stored.count("submission") == stored.count("submission_row") == 0


@FUZZ
@given(rows=WRONG_ROWS)
async def test_arbitrary_rows_are_refused_and_nothing_breaks(rows, desk, stored):
    answer = await desk.post(URL, json=a_report(*rows))

    assert answer.status_code == 422
    assert stored.count("submission") == stored.count("submission_row") == 0
