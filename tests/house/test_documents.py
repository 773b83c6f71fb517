"""What the docs say is what the product has."""

import re

import pytest

from services.catalog.expressions import FUNCTIONS
from services.catalog.load import load_catalog
from services.core.problems import Problem, codes, text_of
from services.core.settings import Settings
from tests.house.sources import ROOT, named

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


_PLACES = re.findall(r"\{([a-z_]+)\}", read("services/core/locales/problems.yaml"))
AS_WRITTEN = {name: f"{{{name}}}" for name in _PLACES}
"""Details that leave a text as it stands in the locale file."""


def headings(text: str) -> list[int]:
    """The levels of the headings, code left out."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [len(marks) for marks in re.findall(r"^(#+) ", plain, re.MULTILINE)]


def code_of(text: str) -> list[str]:
    """The blocks of code, words of people left out."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+#.*", "", block) for block in blocks]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_the_docs_with_its_meaning(name):
    meaning = Settings.model_fields[name].description
    lines = read("docs/operations.md").splitlines()

    found = [line for line in lines if line.startswith(f"| `RORC_{name.upper()}` |")]
    assert len(found) == 1 and found[0].endswith(f"| {meaning} |")


def test_no_setting_stands_in_the_docs_that_is_none():
    said = set(re.findall(r"`RORC_([A-Z_]+)`", read("docs/operations.md")))

    assert said <= {name.upper() for name in Settings.model_fields} | {"BROWSER_TESTS"}


@pytest.mark.parametrize("code", codes())
def test_every_problem_stands_in_the_docs(code):
    text = text_of(code, AS_WRITTEN)

    row = f"| `{code}` | {Problem(code).status} | {text['zh']} | {text['en']} |"
    assert row in read("docs/problems.md").splitlines()


def test_no_problem_stands_in_the_docs_that_is_none():
    assert set(re.findall(r"^\| `([a-z_]+)` \| \d", read("docs/problems.md"), re.M)) == set(codes())


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_make_target_that_is_named_exists(path):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))

    assert set(re.findall(r"`?make ([a-z]+)`", path.read_text("utf-8"))) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8"))

    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_file_that_is_named_exists(path):
    said = re.findall(r"`((?:services|dashboards|migrations|tests|docs|deploy)/[\w./-]+)`", path.read_text("utf-8"))

    assert [name for name in said if not (ROOT / name).exists()] == []


def test_both_readmes_have_the_same_structure_and_the_same_commands():
    english, chinese = map(read, READMES)

    assert headings(english) == headings(chinese)
    assert code_of(english) == code_of(chinese)


@pytest.mark.parametrize("name", READMES)
def test_the_readme_names_both_commands(name):
    assert "make demo" in read(name) and "make test" in read(name)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=named)
def test_a_decision_says_why_and_what_keeps_it(path):
    text = path.read_text("utf-8")

    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences", "Alternatives", "Kept by"]
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)


def test_the_system_that_is_shown_whole_can_be_loaded(tmp_path):
    [system] = re.findall(r"^```yaml\n(.*?)^```", read("docs/catalog.md"), re.MULTILINE | re.DOTALL)
    (tmp_path / "visits.yaml").write_text(system, "utf-8")

    assert {"visit_rate"} <= set(load_catalog(tmp_path).metrics)


def test_every_function_of_the_catalog_is_explained():
    text = read("docs/catalog.md")

    assert [name for name in FUNCTIONS if f"{name}(" not in text] == []


def test_the_laws_tell_good_from_bad():
    assert headings("# a\n```\n# no\n```\n## b\n") == [1, 2]
    assert code_of("```sh\nmake demo   # opens\n```\n") == ["make demo\n"]
