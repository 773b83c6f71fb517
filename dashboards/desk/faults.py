"""What is wrong with a sheet, beside the inputs that it concerns."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboards.desk.answers import Returned, Said
from dashboards.desk.sheet import Line, Sheet
from dashboards.texts import Texts

_ROW = re.compile(r"/rows/(\d+)(?:/|$)", re.ASCII)


@dataclass(frozen=True)
class Spot:
    """One thing said of a place in the sheet; `anchor` leads to the input, and is empty for the whole report."""

    anchor: str
    where: str
    text: str


@dataclass(frozen=True)
class Spots:
    """All that is said, in order, and the texts for each input by its id."""

    all: Sequence[Spot]

    def at(self, anchor: str) -> list[str]:
        """The texts for one input."""
        return [spot.text for spot in self.all if spot.anchor == anchor]

    @property
    def by_anchor(self) -> dict[str, list[str]]:
        """The texts for every input that has any."""
        found: dict[str, list[str]] = defaultdict(list)
        for spot in self.all:
            found[spot.anchor].append(spot.text)
        return dict(found)


NOTHING = Spots(())


def spots_of(said: Iterable[Said], sheet: Sheet, texts: Texts) -> Spots:
    """What ingest said of the rows that the sheet's lines became."""
    told = sheet.told
    return Spots([_spot(one, _line_of(one, told), sheet, texts) for one in said])


def returned_spots(items: Iterable[Returned], sheet: Sheet, texts: Texts) -> Spots:
    """What is to be corrected, of a sheet that shows the rows as they were reported."""
    found = []
    for item in items:
        line = None
        if item.row is not None:
            told = sheet.told
            line = told[item.row - 1] if 0 < item.row <= len(told) else None
        elif item.division is not None:
            line = next((line for line in sheet.lines if line.place.code == item.division), None)
        found.append(_placed(line, item.field, item.reason, sheet, texts))
    return Spots(found)


def file_spots(said: Iterable[Said], sheet: Sheet, texts: Texts) -> Spots:
    """What ingest said of a file: its cells are no inputs of ours, so each is named."""
    names = {line.place.code: line.place.name for line in sheet.lines}
    titles = {f.field: texts.of(f.title) for f in sheet.form.fields}
    found = []
    for one in said:
        row = _ROW.match(one.pointer)
        where = one.cell or (texts("file.row", n=int(row[1]) + 1) if row else "")
        about = (where, names.get(one.division or "", ""), titles.get(one.field or "", ""))
        found.append(Spot("", " · ".join(filter(None, about)), texts.of(one.text)))
    return Spots(found)


def _line_of(one: Said, told: Sequence[Line]) -> Line | None:
    row = _ROW.match(one.pointer)
    number = int(row[1]) if row else -1
    if 0 <= number < len(told):
        return told[number]
    return None


def _spot(one: Said, line: Line | None, sheet: Sheet, texts: Texts) -> Spot:
    if line is None and one.division is not None:
        line = next((line for line in sheet.lines if line.place.code == one.division), None)
    asked = next((f for f in sheet.form.fields if f.field == one.field), None)
    # Ingest names types as programs do; whoever types wants to hear what to type.
    plain = texts.maybe(f"fault.{asked.type}") if asked is not None and one.code == "wrong_type" else None
    return _placed(line, one.field, plain or texts.of(one.text), sheet, texts)


def _placed(line: Line | None, name: str | None, text: str, sheet: Sheet, texts: Texts) -> Spot:
    asked = next((f for f in sheet.form.fields if f.field == name), None)
    title = "" if asked is None else texts.of(asked.title)
    if line is None:
        return Spot("", title, text)
    anchor = f"{line.id}.{name}" if asked is not None else line.id
    return Spot(anchor, " · ".join(filter(None, (line.place.name, title))), text)
