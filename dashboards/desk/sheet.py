"""A form being filled: a line for each row, what is typed in it, and the report that comes of it."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from dashboards.answers import Form, FormField
from dashboards.desk.answers import Place, ReportedRow
from dashboards.desk.uploads import Posted

NUMBERS: Final = ("integer", "decimal")
MOST_LINES: Final = 5_000
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_TRUTH: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Line:
    """One row of the sheet: of which division, the how-manieth of it, and what stands in its inputs."""

    place: Place
    of_place: int = 1
    typed: Mapping[str, str] = field(default_factory=dict)
    nil: bool = False

    @property
    def id(self) -> str:
        """What its inputs' names begin with: it stays when other lines come or go, as drafts need."""
        return f"r{self.place.code}-{self.of_place}"

    @property
    def is_blank(self) -> bool:
        """Whether nothing is said: such a line is no row."""
        return not self.nil and not any(value.strip() for value in self.typed.values())


@dataclass(frozen=True)
class Sheet:
    """All lines, in order of their divisions; `nil` says that there is nothing to report at all."""

    form: Form
    lines: Sequence[Line]
    nil: bool = False
    note: str = ""

    @property
    def told(self) -> list[Line]:
        """The lines that become rows, in their order."""
        return [] if self.nil else [line for line in self.lines if not line.is_blank]

    def with_room(self, code: str) -> "Sheet":
        """The same with one more blank line for a division."""
        at = max((n for n, line in enumerate(self.lines) if line.place.code == code), default=None)
        if at is None or len(self.lines) >= MOST_LINES:
            return self
        last = self.lines[at]
        blank = Line(last.place, last.of_place + 1)
        return replace(self, lines=[*self.lines[: at + 1], blank, *self.lines[at + 1 :]])


def sheet_of(form: Form, units: Sequence[Place], rows: Iterable[ReportedRow], *, note: str = "") -> Sheet:
    """A sheet with rows as they were reported, and a blank line for each unit that none is about."""
    kept: dict[str, list[ReportedRow]] = defaultdict(list)
    for row in rows:
        kept[row.division].append(row)
    lines = []
    for place in units:
        told = enumerate(kept[place.code], start=1)
        lines += [Line(place, n, _texts(row), row.nil) for n, row in told] or [Line(place)]
    return Sheet(form, lines, note=note)


def posted_sheet(form: Form, units: Sequence[Place], posted: Posted) -> Sheet:
    """The sheet as it was typed; lines of divisions that it is not about are left out."""
    lines: list[Line] = []
    for place in units:
        line = Line(place)
        while f"{line.id}.line" in posted.fields and len(lines) < MOST_LINES:
            typed = {f.field: posted.get(f"{line.id}.{f.field}") for f in form.fields}
            lines.append(replace(line, typed=typed, nil=posted.get(f"{line.id}.nil") == "true"))
            line = Line(place, line.of_place + 1)
    return Sheet(form, lines, nil=posted.get("nil") == "true", note=posted.get("note"))


def envelope_of(sheet: Sheet, period: str, division: str, base: str) -> bytes:
    """The report as ingest takes it; what is no number goes as text, so that it is told what is wrong with it."""
    rows = [_row(sheet.form, line) for line in sheet.told]
    envelope: dict[str, object] = {"form": sheet.form.form, "period": period, "division": division}
    if _whole(base):
        envelope["base_revision"] = _whole(base)
    if sheet.note.strip():
        envelope["note"] = sheet.note.strip()
    envelope |= {"nil": True} if sheet.nil else {"nil": False, "rows": rows}
    return msgspec.json.encode(envelope)


def _row(form: Form, line: Line) -> dict[str, object]:
    row: dict[str, object] = {"division": line.place.code}
    if line.nil:
        return row | {"nil": True}
    given = {f.field: _value(f, line.typed.get(f.field, "")) for f in form.fields}
    return row | {name: value for name, value in given.items() if value is not None}


def _value(asked: FormField, typed: str) -> object:
    """What was typed, as JSON has it; full-width digits and separators of thousands are no fault."""
    text = typed.strip()
    if not text:
        return None
    if asked.type == "boolean":
        return _TRUTH.get(text, text)
    if asked.type in NUMBERS:
        plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
        return msgspec.Raw(plain.encode()) if _NUMBER.fullmatch(plain) else text
    return text


def _texts(row: ReportedRow) -> dict[str, str]:
    return {name: text_of(value) for name, value in row.fields.items() if value is not None}


def text_of(value: object) -> str:
    """A reported value as an input holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
