"""Texts in both languages, colours that can be read, nothing fetched from elsewhere."""

import re
from dataclasses import fields

import pytest

from dashboards.assets import STATIC, Assets
from dashboards.figures.theme import DARK, LIGHT, Palette
from dashboards.pages.rendering import TEMPLATES
from dashboards.texts import load, mark_chinese

TOKENS = (STATIC / "tokens.css").read_text("utf-8")
ENOUGH = 4.5  # WCAG 2.2, 1.4.3


def tokens_of(theme: str) -> dict[str, str]:
    blocks = re.findall(r"(:root|\[data-theme=\"(?:light|dark)\"\]) \{(.*?)\}", TOKENS, re.DOTALL)
    wanted = (":root", f'[data-theme="{theme}"]')
    return {
        name: value
        for selector, body in blocks
        if selector in wanted
        for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body)
    }


def brightness(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, ground: str) -> float:
    dark, light = sorted((brightness(ink), brightness(ground)))
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *((ink, ground) for ink in ("text", "text-2", "text-3") for ground in ("bg", "surface", "surface-2")),
    *((ink, ground) for ink in ("accent", "compare", "late", "soon") for ground in ("bg", "surface")),
    *((f"q{step}-ink", f"q{step}") for step in range(1, 6)),
    ("accent", "accent-soft"),
    ("compare", "accent-soft"),
    ("text", "accent-soft"),
    ("accent-ink", "accent"),
    ("red-ink", "red"),
    ("yellow-ink", "yellow"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_can_be_read_on_its_ground(theme, ink, ground):
    tokens = tokens_of(theme)

    assert contrast(tokens[ink], tokens[ground]) >= ENOUGH


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_figures_have_the_colours_of_the_pages(theme: str, palette: Palette):
    tokens = tokens_of(theme)

    names = [f.name for f in fields(palette) if not f.name.startswith("step")]
    assert {n: getattr(palette, n) for n in names} == {n: tokens[n.replace("_", "-")] for n in names}
    assert list(palette.steps) == [tokens[f"q{step}"] for step in range(1, 6)]
    assert list(palette.step_inks) == [tokens[f"q{step}-ink"] for step in range(1, 6)]


def test_both_languages_have_the_same_texts():
    assert load("zh").keys() == load("en").keys()


def test_both_languages_have_the_same_blanks():
    blank = re.compile(r"\{\w+\}")
    mixed = {"period.month"}  # Chinese counts its months, English names them

    assert not [
        key
        for key, text in load("zh").items()
        if key not in mixed and set(blank.findall(text)) != set(blank.findall(load("en")[key]))
    ]


def test_english_texts_hold_no_chinese():
    assert not [key for key, text in load("en").items() if re.search(r"[\u3400-\u9fff]", text)]


def test_templates_ask_only_for_texts_that_exist():
    source = "\n".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))

    asked = set(re.findall(r"\bt\('([\w.]+)'(?=[,)])", source))
    assert asked
    assert asked <= load("zh").keys()


def test_templates_hold_no_chinese_but_the_name_of_the_language():
    source = "\n".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))

    assert re.findall(r"[\u3400-\u9fff]+", source) == ["中文"]


def test_no_file_of_ours_names_another_host():
    ours = [*TEMPLATES.rglob("*.html"), *STATIC.rglob("*.css"), *STATIC.rglob("*.js")]

    assert not [path.name for path in ours if re.search(r"https?://", path.read_text("utf-8"))]


def test_hex_colours_stand_in_one_file_a_kind():
    others = [path for path in STATIC.glob("*.css") if path.name != "tokens.css"]
    code = [path for path in STATIC.parent.rglob("*.py") if path.name != "theme.py"]

    assert not [p.name for p in [*others, *code] if re.search(r"#[0-9a-fA-F]{6}\b", p.read_text("utf-8"))]


def test_a_name_in_an_english_sentence_is_marked_as_chinese():
    assert mark_chinese("<b> of 章丘区") == '&lt;b&gt; of <span lang="zh">章丘区</span>'


def test_the_address_of_a_file_changes_with_its_content():
    assets = Assets()

    assert re.fullmatch(r"/static/[0-9a-f]{12}/page\.js", assets.url("page.js"))
    assert assets.url("page.js").split("/")[2] != assets.url("style.css").split("/")[2]
