"""The JSON Schema of a form: what machines that post are told is what the validator takes."""

import re

import pytest

from services.catalog.json_schema import submission_schema
from services.catalog.load import load_catalog
from services.catalog.periods import Period
from tests.catalog.test_validators import FORM, a_row

FORMS = load_catalog().forms
JSON_TYPES = {"integer": int, "number": (int, float), "boolean": bool, "string": str, "object": dict}


def row_schema(form=FORM):
    return submission_schema(form)["properties"]["rows"]["items"]


def accepts(schema, value):
    """Whether a field's schema takes a value; only the words that these schemas use."""
    if "anyOf" in schema:
        return any(accepts(one, value) for one in schema["anyOf"])
    if schema.get("type") == "null":
        return value is None
    if "enum" in schema:
        return value in schema["enum"]
    if not isinstance(value, JSON_TYPES[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return False
    if schema["type"] in ("integer", "number"):
        return schema["minimum"] <= value <= schema["maximum"]
    return len(value) <= schema.get("maxLength", 10_000) if isinstance(value, str) else True


@pytest.mark.parametrize(
    ("field", "taken", "refused"),
    [
        ("number", [1, 9], [0, 10, "1", 1.5, True, None]), ("hours", [0, 24, 2.5], [-1, 24.5, "2", None]),
        ("done", [True, False], [1, "true", None]), ("kind", ["home", "office"], ["abroad", 1, None]),
        ("visited_on", ["2021-10-05", None], [5]), ("remark", ["12345", None], ["123456", 5]),
    ],
)  # fmt: skip
def test_a_field_takes_what_the_validator_takes(field, taken, refused):
    schema = row_schema()["properties"][field]

    assert [value for value in taken if not accepts(schema, value)] == []
    assert [value for value in refused if accepts(schema, value)] == []


def test_a_reason_for_a_warning_can_be_sent_along():
    waiver = submission_schema(FORM)["properties"]["waivers"]["items"]

    assert waiver["required"] == ["warning", "reason"]
    assert waiver["additionalProperties"] is False


def test_a_row_needs_its_required_fields_unless_it_says_nil():
    schema = row_schema()

    assert schema["required"] == ["division"]
    assert schema["else"] == {"required": ["number", "hours", "done", "kind"]}
    assert schema["if"] == {"properties": {"nil": {"const": True}}, "required": ["nil"]}
    assert set(a_row()) - {"division"} == set(schema["else"]["required"])


def test_no_member_is_taken_that_the_form_does_not_have():
    schema = submission_schema(FORM)

    assert schema["additionalProperties"] is row_schema()["additionalProperties"] is False


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_shipped_form_has_its_schema_with_both_languages(form):
    schema = submission_schema(form)

    assert schema["properties"]["form"] == {"const": form.form}
    titles = {name: field["title"] for name, field in _plain_fields(form).items()}
    assert titles == {f.field: f"{f.title.zh} / {f.title.en}" for f in form.fields}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_schema_takes_the_periods_of_the_form_and_no_others(form):
    pattern = submission_schema(form)["properties"]["period"]["pattern"]

    for text in ("2021", "2021-H1", "2021-Q4", "2021-12"):
        assert bool(re.search(pattern, text)) is (Period.parse(text).kind == form.periodicity)


def _plain_fields(form):
    fields = {name: s for name, s in row_schema(form)["properties"].items() if name not in ("division", "nil")}
    return {name: s.get("anyOf", [s])[0] for name, s in fields.items()}
