"""A mistake in a system file is told with its file, its line, what is wrong and what was probably meant."""

from pathlib import Path

import pytest
import yaml

from services.catalog.load import InvalidCatalog, load_catalog

VISITS = (Path(__file__).parent / "systems" / "visits.yaml").read_text("utf-8")

MISTAKES = yaml.safe_load((Path(__file__).parent / "mistakes.yaml").read_text("utf-8"))


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidCatalog) as refused:
        load_catalog(folder)
    return str(refused.value).splitlines()


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case["mistake"].replace(" ", "_"))
def test_a_mistake_is_told_with_file_line_and_mend(case, tmp_path):
    assert VISITS.count(case["instead_of"]) == 1
    text = VISITS.replace(case["instead_of"], case["stands"])
    (tmp_path / "visits.yaml").write_text(text, "utf-8")
    line = text[: text.index(case.get("told_at", "system"))].count("\n") + 1

    found = faults_of(tmp_path)
    assert [f for f in found if f.startswith(f"visits.yaml:{line}: ") and case["as"] in f], "\n".join(found)


def test_the_file_without_a_mistake_loads(tmp_path):
    (tmp_path / "visits.yaml").write_text(VISITS, "utf-8")

    assert {"visit", "plan"} <= set(load_catalog(tmp_path).forms)


def test_every_mistake_of_every_file_is_told_at_once_in_order(tmp_path):
    first = VISITS.replace("grain: village", "gain: village").replace("maximum: 1000", "maximum: many")
    second = VISITS.replace("number: 97", "number: 96").replace("system: visits", "title: twice")
    (tmp_path / "a.yaml").write_text(first, "utf-8")
    (tmp_path / "b.yaml").write_text(second, "utf-8")

    places = [fault.split(": ")[0] for fault in faults_of(tmp_path)]
    assert [p for p in places if p.startswith(("a.", "b."))] == ["a.yaml:6", "a.yaml:9", "a.yaml:20", "b.yaml:3"]


def test_a_file_that_was_copied_whole_is_told_in_both_places(tmp_path):
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(VISITS, "utf-8")

    told = {fault.split(":")[0] for fault in faults_of(tmp_path)}
    assert told == {"one.yaml", "two.yaml"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "x.yaml:1: file: is empty"),
        (b"- a\n- b\n", "x.yaml:1: file: Input should be a valid dictionary"),
        ("title: 走访".encode("gbk"), "x.yaml:1: file: is not UTF-8"),
    ],
)
def test_a_file_that_is_no_system_at_all_is_told(content, what, tmp_path):
    (tmp_path / "x.yaml").write_bytes(content)

    assert any(fault.startswith(what) for fault in faults_of(tmp_path))


def test_the_version_changes_with_any_word(tmp_path):
    file = tmp_path / "visits.yaml"
    file.write_text(VISITS, "utf-8")
    before = load_catalog(tmp_path).version
    same = load_catalog(tmp_path).version
    file.write_text(VISITS.replace("所有", "全部").replace("All visits", "Each visit"), "utf-8")

    assert before == same != load_catalog(tmp_path).version
