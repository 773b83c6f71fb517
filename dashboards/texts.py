"""The words of the pages, by language. Every text a user reads is in locales/ or comes from the api."""

import re
from functools import cache
from pathlib import Path
from typing import Literal, cast

import yaml
from markupsafe import Markup, escape

from dashboards.answers import Text

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_LOCALES = Path(__file__).parent / "locales"
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


@cache
def load(lang: Lang) -> dict[str, str]:
    """All texts of one language by key."""
    return cast(dict[str, str], yaml.safe_load((_LOCALES / f"{lang}.yaml").read_text("utf-8")))


class Texts:
    """The texts of one language: call it with a key."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._texts = load(lang)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its blanks filled in. KeyError for a key that is nowhere."""
        return self._texts[key].format(**values)

    def maybe(self, key: str) -> str | None:
        """The text of a key that the api made up, if we know it."""
        return self._texts.get(key)

    def of(self, text: Text) -> str:
        """The reader's side of a text that came in both languages."""
        return text.zh if self.lang == "zh" else text.en or text.zh


def mark_chinese(text: str) -> Markup:
    """Chinese runs in a text marked as Chinese, so that a screen reader switches its voice."""
    parts: list[Markup] = []
    at = 0
    for run in _CHINESE.finditer(text):
        parts += [escape(text[at : run.start()]), Markup('<span lang="zh">{}</span>').format(run.group())]
        at = run.end()
    return Markup("").join([*parts, escape(text[at:])])
