"""A form's relation and its columns stand in staging beside others: their names are taken."""

import re

from services.catalog.load import load_catalog
from services.catalog.references import STAGED_COLUMNS, STAGING_RELATIONS
from services.catalog.warehouse import staged_rows
from tests.house.sources import ROOT


def test_no_form_can_take_the_place_of_a_relation_of_staging():
    sources = [path.read_text("utf-8") for path in (ROOT / "services").rglob("*.*") if path.suffix in (".py", ".sql")]
    named = {name for source in sources for name in re.findall(r"\bstaging\.([a-z_]+)\b", source)}

    assert named == set(STAGING_RELATIONS)


def test_no_field_can_take_the_place_of_a_column_of_every_form():
    form = next(iter(load_catalog().forms.values()))
    columns = re.findall(r"^    (?:\w\.)?(\w+),?$", staged_rows(form), re.MULTILINE)

    assert set(columns) == {*STAGED_COLUMNS, "division"}
