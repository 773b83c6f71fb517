"""The columns of a form's rows stand beside others in the warehouse: their names are taken."""

import re

from services.catalog.load import load_catalog
from services.catalog.references import STAGED_COLUMNS
from services.catalog.warehouse import staged_rows


def test_no_field_can_take_the_place_of_a_column_of_every_form():
    form = next(iter(load_catalog().forms.values()))
    columns = re.findall(r"^    (?:\w\.)?(\w+),?$", staged_rows(form), re.MULTILINE)

    assert set(columns) == {*STAGED_COLUMNS, "division"}
