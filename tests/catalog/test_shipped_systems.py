"""The systems that ship with the product: they load, and say everything in both languages."""

import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from services.catalog.load import SYSTEMS, load_catalog
from services.catalog.schema import Text

CATALOG = load_catalog()
HAN = re.compile(r"[一-鿿]")


def texts(part: object, place: str = "") -> Iterator[tuple[str, Text]]:
    """Every text in a part of the catalog, with its place."""
    if isinstance(part, Text):
        yield place, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from texts(getattr(part, name), f"{place}.{name}")
    elif isinstance(part, tuple):
        for number, piece in enumerate(part):
            yield from texts(piece, f"{place}.{number}")


def test_every_file_of_the_folder_is_a_system():
    assert {system.system for system in CATALOG.systems} == {path.stem for path in SYSTEMS.glob("*.yaml")}
    assert {"collective_income", "key_task", "meeting_day", "pledge", "star_rating"} <= {
        system.system for system in CATALOG.systems
    }


@pytest.mark.parametrize("system", CATALOG.systems, ids=lambda system: system.system)
def test_every_text_is_chinese_in_zh_and_not_in_en(system):
    found = dict(texts(system))

    assert [place for place, text in found.items() if not HAN.search(text.zh)] == []
    assert [place for place, text in found.items() if HAN.search(text.en)] == []


@pytest.mark.parametrize("form", CATALOG.forms.values(), ids=CATALOG.forms)
def test_every_number_has_bounds(form):
    numbers = [field for field in form.fields if field.type in ("integer", "decimal")]

    assert [f.field for f in numbers if f.maximum is None or f.minimum > f.maximum] == []


@pytest.mark.parametrize("rule", CATALOG.rules.values(), ids=CATALOG.rules)
def test_every_card_can_be_said(rule):
    words = {"division": "甲村", "period": "2021-11", "value": "1", "previous": "2", "consecutive": 2}

    assert rule.text.zh.format(**words) and rule.text.en.format(**words)
    assert rule.escalate_days <= rule.deadline_days


def test_systems_stand_in_order_of_their_numbers():
    numbers = [system.number for system in CATALOG.systems]

    assert numbers == sorted(numbers)


def test_what_the_center_holds_itself_is_computed_and_asked_of_nobody():
    computed = {form.form for form in CATALOG.computed_forms}

    sources = {form.source for form in CATALOG.computed_forms}
    assert sources == {"orders", "meetings", "cards", "reporting", "villages"}
    assert computed | set(CATALOG.reported_forms) == set(CATALOG.forms)
    assert all(form.due is None for form in CATALOG.computed_forms)


def test_no_card_is_raised_about_cards():
    about_cards = {m.metric for m in CATALOG.metrics.values() if m.form in CATALOG.forms
                   and CATALOG.forms[m.form].source == "cards"}  # fmt: skip

    assert about_cards
    assert [rule.rule for rule in CATALOG.rules.values() if rule.metric in about_cards] == []
