"""The workbook that a clerk is given: filled in and sent back as it is, it is the report."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from services.catalog.load import load_catalog
from services.catalog.templates import FIRST_ROW, Asked, Prefilled, Unit, template
from services.catalog.validators import FormValidator
from services.catalog.workbook_words import HIDDEN_SHEET
from services.ingest.formats.from_xlsx import read_xlsx
from tests.builders.filled_forms import a_meeting, a_pledge, a_star_row, a_task, an_income
from tests.builders.filled_templates import columns, filled, values
from tests.builders.keys import a_key
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, UNREGISTERED, VILLAGES, a_report, a_row
from tests.builders.workbooks import XLSX, opened

URL = "/v1/submissions"
A, B, C = VILLAGES
TRIAL = load_catalog(Path(__file__).parent / "systems")
FORMS = load_catalog().reported_forms
FILLED = {
    "meeting_day": ("2021-10", [a_meeting(village, held_on="2021-10-05", fixed_day=5) for village in VILLAGES]),
    "collective_income": ("2021-10", [an_income(village, 1234.5678) for village in VILLAGES]),
    "pledge": ("2021-10", [a_pledge(A), a_pledge(A, 2), a_pledge(B), {"division": C, "nil": True}]),
    "key_task": ("2021-10", [a_task(TOWNSHIP), a_task(TOWNSHIP, "=T2", deadline="2021-12-15")]),
    "star_rating": ("2021", [a_star_row(village, passed=3) for village in VILLAGES]),
}


async def fetch(client, form="trial_visit", period="2021-10", division=TOWNSHIP, **asked):
    query = {"division": division, "period": period, **asked}
    return await client.get(f"/v1/forms/{form}/template.xlsx", params=query)


async def send(client, body, **query):
    return await client.post(URL, content=body, params=query, headers={"content-type": XLSX})


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("form", FILLED)
async def test_a_template_that_was_filled_in_is_the_report(form, language, desk, catalog):
    period, rows = FILLED[form]

    answer = await fetch(desk, form, period, lang=language)
    sent = await send(desk, filled(answer.content, catalog.forms[form], rows, language))
    assert (answer.status_code, sent.status_code) == (200, 201), sent.text
    report = {"form": form, "period": period, "division": TOWNSHIP, "rows": rows, "base_revision": 1}
    again = await desk.post(URL, json=report)
    assert sent.json()["content_hash"] == again.json()["content_hash"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", FORMS)
def test_the_template_of_every_form_opens_and_is_read_back_as_its_own(name, language):
    form, unit = FORMS[name], Unit("370112001201", "甲村")

    body = template(form, Asked("2021", Unit("370112001000", "山大路"), None, language), [unit], [])
    envelope, found = read_xlsx(body, [], FORMS)
    assert (envelope.form, envelope.form_version, envelope.period, found) == (name, form.version, "2021", [])
    sheet = opened(body).worksheets[0]
    assert {"division", *(field.field for field in form.fields)} <= columns(sheet).keys()
    assert all(cell.value for cell in sheet[2])


async def test_every_unit_that_is_due_has_its_row_with_code_and_name(desk):
    sheet = opened((await fetch(desk, "meeting_day")).content).worksheets[0]

    rows = [(sheet.cell(row, 1).value, sheet.cell(row, 2).value) for row in range(FIRST_ROW, sheet.max_row + 1)]
    assert [code for code, _ in rows] == [*VILLAGES]
    assert all(name for _, name in rows)


async def test_a_period_that_was_opened_has_the_units_of_that_day(desk, database):
    await desk.post(URL, json=a_report())
    with psycopg.connect(database) as connection:
        connection.execute("update expected_report set units = %s where form = 'trial_visit'", [[B]])

    sheet = opened((await fetch(desk)).content)[HIDDEN_SHEET]
    assert [cell.value.split()[0] for cell in sheet["D"] if cell.value] == [B]


@pytest.mark.parametrize(
    ("form", "period", "division"), [("trial_plan", "2021-Q3", TOWNSHIP), ("trial_study", "2021-H1", COUNTY)]
)
async def test_a_township_or_county_that_reports_for_itself_has_one_row(form, period, division, desk):
    body = (await fetch(desk, form, period, division)).content

    assert values(body)["division"] == division
    assert opened(body).worksheets[0].max_row == FIRST_ROW


def rules(body):
    sheet = opened(body).worksheets[0]
    names = {get_column_letter(column): name for name, column in columns(sheet).items()}
    found = {}
    for rule in sheet.data_validations.dataValidation:
        found[names[str(rule.sqref)[0]]] = (rule.type, rule.formula1, rule.formula2)
    return found


async def test_what_is_filled_in_is_bounded_and_chosen_from_lists(desk):
    body = (await fetch(desk, lang="zh")).content

    found = rules(body)
    assert found["visit_no"] == ("whole", "1", "99")
    assert found["hours"] == ("decimal", "0", "1000")
    assert found["remark"][:2] == ("textLength", "20")
    assert {found[name][0] for name in ("division", "done", "kind", "nil")} == {"list"}
    hidden = opened(body)[HIDDEN_SHEET]
    lists = [[cell.value for cell in column if cell.value] for column in hidden.iter_cols(min_col=4)]
    assert lists[1:3] == [["是", "否"], ["入户", "来访"]]
    assert [text.split()[0] for text in lists[0]] == [*VILLAGES]


async def test_titles_say_what_is_needed_and_comments_help_in_both_languages(desk):
    sheet = opened((await fetch(desk, "meeting_day", lang="en")).content).worksheets[0]

    where = columns(sheet)
    assert sheet.cell(2, where["held"]).value.endswith("*")
    assert not sheet.cell(2, where["note"]).value.endswith("*")
    told = sheet.cell(2, where["members_expected"]).comment.text
    assert "Unit: people" in told and "单位：人" in told
    assert sheet.row_dimensions[1].hidden and sheet.freeze_panes == f"C{FIRST_ROW}"
    assert opened((await fetch(desk)).content)[HIDDEN_SHEET].sheet_state == "veryHidden"


async def test_what_rarely_changes_is_there_from_the_report_before(desk):
    await desk.post(URL, json=a_report(a_row(A, kind="office"), a_row(B, visit_no=7), period="2021-09"))

    body = (await fetch(desk, lang="zh")).content
    assert values(body)["division"].split()[0] == A
    assert values(body) | {"division": A} == {"division": A, "visit_no": 1, "kind": "来访"}
    assert values(body, FIRST_ROW + 1)["visit_no"] == 7


async def test_a_report_that_is_there_is_there_whole_and_its_correction_names_it(desk):
    rows = [a_row(A, visited_on="2021-10-05", remark="=1+1", hours=1.25), {"division": B, "nil": True}]
    await desk.post(URL, json=a_report(*rows))

    body = (await fetch(desk)).content
    assert values(body)["hours"] == 1.25
    assert values(body)["visited_on"].date() == date(2021, 10, 5)
    answer = await send(desk, body)
    assert (answer.status_code, answer.json()["revision"]) == (201, 2)


async def test_without_a_report_before_nothing_is_known(desk):
    assert values((await fetch(desk, "meeting_day")).content).keys() == {"division", "division_name"}


async def test_what_is_personal_is_given_for_a_stated_purpose_to_whom_may_see_it(client, engine, clock):
    rows = [{"division": A, "specialist_no": "S1", "stationed": True, "age": 29, "education": "bachelor"}]
    rows[0] |= {"hired_year": 2021, "assessment": "competent", "paid": True, "insured": True}
    rows[0] |= {"elected_body": False, "elected_secretary": False, "departed": False}
    key = await a_key(engine, clock, rights=["report", "personal"])
    client.headers["authorization"] = f"Bearer {key}"
    report = {"form": "specialist", "period": "2021-Q3", "division": TOWNSHIP, "rows": rows}
    sent = await client.post(URL, json=report)
    assert sent.status_code == 201, sent.text

    seen = values((await fetch(client, "specialist", "2021-Q3")).content)
    known = values((await fetch(client, "specialist", "2021-Q3", purpose="更正报表")).content)
    assert known.keys() - seen.keys() == {"age", "education", "assessment"}


@pytest.mark.parametrize(
    ("status", "code", "asked"),
    [
        (404, "not_found", {"form": "nothing"}), (404, "not_found", {"form": "supervision"}),
        (404, "parameter_unknown_division", {"division": UNREGISTERED}),
        (422, "division_not_reporting", {"division": COUNTY}), (422, "division_invalid", {"division": "x"}),
        (422, "period_invalid", {"period": "2021-13"}), (422, "period_kind_wrong", {"period": "2021"}),
        (422, "parameter_invalid", {"lang": "fr"}),
    ],
)  # fmt: skip
async def test_what_there_is_no_template_for_is_told(status, code, asked, desk):
    answer = await fetch(desk, **asked)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_template_outside_the_scope_does_not_exist(client, engine, clock):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=NEIGHBOUR)}"

    answer = await fetch(client)
    assert (answer.status_code, answer.json()["code"]) == (404, "parameter_unknown_division")


@pytest.mark.parametrize(("rights", "status"), [(["read"], 200), (["report"], 200), (["act"], 403)])
async def test_who_may_report_or_read_gets_a_template(rights, status, client, engine, clock):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, rights=rights)}"

    assert (await fetch(client)).status_code == status


async def test_the_language_is_that_of_the_caller_unless_it_is_asked_for(desk):
    english = await desk.get(
        "/v1/forms/trial_visit/template.xlsx",
        params={"division": TOWNSHIP, "period": "2021-10"},
        headers={"accept-language": "en"},
    )

    titles = [cell.value for cell in opened(english.content).worksheets[0][2]]
    assert titles[:3] == ["division code*", "Number*", "Hours*"]
    assert english.headers["content-disposition"].endswith(f'filename="trial_visit-{TOWNSHIP}-2021-10.xlsx"')


TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    hours=st.integers(0, 10_000_000),
    day=st.dates(date(1900, 3, 1), date(2100, 12, 31)),
    remark=TEXTS,
    done=st.booleans(),
)
def test_what_a_template_is_made_with_comes_back(hours, day, remark, done):
    form = TRIAL.forms["trial_visit"]
    known = {
        "visit_no": 3,
        "hours": Decimal(hours) / 10_000,
        "done": done,
        "kind": "home",
        "visited_on": day,
        "remark": remark,
    }

    asked = Asked("2021-10", Unit(TOWNSHIP, "某镇"), None, "zh")
    body = template(form, asked, [Unit(A, "甲村")], [Prefilled(A, known)])
    envelope, found = read_xlsx(body, [], TRIAL.reported_forms)
    assert found == []
    [row] = FormValidator(form).check(envelope.rows, None, {}).rows
    assert {name: getattr(row, name) for name in known} == known
