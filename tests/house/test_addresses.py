"""Nothing points to a host that is not ours: not a page, not a requirement, not a path of somebody's machine."""

import re

import pytest

from tests.house.sources import ROOT, all_files, named

_OFF_HOST = re.compile(
    r"""https?://(?!127\.0\.0\.1|localhost|www\.w3\.org/)[^\s"'<>)]+|(?:src|href|url)\s*[=(]\s*["']?//[^\s"'<>)]+"""
)
_MACHINE = re.compile("|".join(["/" + "tmp/", "/" + "work/", "/" + "root/", "/" + "home/"]))
_REGISTRY = re.compile(
    "|".join([r"pypi\." + "org", "python" + "hosted", "npm" + "js", "tuna" + r"\.", "ali" + "yun"])
)
_BINARY = (".png", ".ico", ".xlsx", ".gz")

PAGES = [path for folder in ("templates", "static") for path in sorted((ROOT / "dashboards" / folder).rglob("*"))]
REQUIREMENTS = sorted(ROOT.glob("requirements*"))


def off_host(text: str) -> list[str]:
    return _OFF_HOST.findall(text)


def read(path) -> str:
    return "" if path.suffix in _BINARY else path.read_text("utf-8")


@pytest.mark.parametrize("path", [p for p in (*PAGES, *REQUIREMENTS) if p.is_file()], ids=named)
def test_pages_and_requirements_name_no_other_host(path):
    assert off_host(read(path)) == []


@pytest.mark.parametrize(
    ("text", "is_bad"),
    [
        ('<script src="https://cdn.example/x.js">', True), ('<img src="//cdn.example/x.png">', True),
        ("url(//fonts.example/a.woff)", True), ('<svg xmlns="http://www.w3.org/2000/svg">', False),
        ("http://127.0.0.1:8000/", False), ('<a href="/cards">', False), ("--index-url http://mirror.example", True),
    ],
)  # fmt: skip
def test_the_law_tells_good_from_bad(text, is_bad):
    assert bool(off_host(text)) is is_bad


def test_no_file_names_a_machine_or_a_registry():
    texts = {named(path): read(path) for path in all_files()}

    found = {name: {*_MACHINE.findall(text), *_REGISTRY.findall(text)} for name, text in texts.items()}
    assert {name: what for name, what in found.items() if what} == {}


def test_a_path_of_a_machine_would_be_noticed():
    assert _MACHINE.search("data in /" + "tmp/x") and _REGISTRY.search("from https://pypi." + "org/simple")
