"""The published totals: how they are compared, and how a mistake in a file of them is told."""

from decimal import Decimal
from pathlib import Path

import pytest

from services.demo.published import InvalidPublished, read_published
from tests.builders.simulated_reports import CATALOG

SOUND = """
- text: {zh: 示例, en: An example}
  metric: alliances
  period: "2021"
  published: 29
  rule: exact
"""


def read(folder: Path, content: str):
    (folder / "one.yaml").write_text(content, "utf-8")
    return read_published(folder)


@pytest.mark.parametrize(
    ("rule", "computed", "holds"),
    [
        ("exact", "29", True),
        ("exact", "29.5", False),
        ("at_least", "30", True),
        ("at_least", "28", False),
        ("rounds_to", "29.4", True),
        ("rounds_to", "29.5", False),
    ],
)
def test_a_value_agrees_with_what_was_published_by_its_rule(tmp_path, rule, computed, holds):
    [total] = read(tmp_path, SOUND.replace("exact", rule))

    assert total.agrees(Decimal(computed), total.published) is holds


def test_a_value_that_doubled_is_compared_with_the_year_before(tmp_path):
    [total] = read(tmp_path, SOUND.replace("exact", "at_least_double_of_year_before").replace("29", "2"))

    assert total.wanted(Decimal(400)) == 800
    assert total.wanted(None) is None


@pytest.mark.parametrize(
    ("sound", "broken", "told"),
    [
        ("rule: exact", "rule: roughly", "one.yaml:2: rule: "),
        ('period: "2021"', 'period: "2021-13"', "one.yaml:2: period: "),
        ('period: "2021"', 'from: "2021"', "one.yaml:2: total: "),
        ("metric: alliances", "metrik: alliances", "one.yaml:2: metric: "),
        ("rule: exact", "rule: [", "one.yaml:7: is not YAML: "),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path, sound, broken, told):
    with pytest.raises(InvalidPublished) as refused:
        read(tmp_path, SOUND.replace(sound, broken))

    assert told in str(refused.value)


def test_every_published_total_is_of_a_metric_of_the_catalog():
    assert {total.metric for total in read_published()} <= CATALOG.metrics.keys()
