"""CSV → envelope: what is reported stands in the address, the rows in the body. They are checked as JSON rows are."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.catalog.schema import Form
from services.catalog.validators import MOST_ROWS
from services.core.problems import Problem, ProblemItem
from services.ingest.faults import envelope_fault, printable
from services.ingest.formats.columns import readers
from services.ingest.formats.from_json import read_envelope
from services.ingest.formats.tables import Table
from services.ingest.formats.text_cells import TRUTH
from services.ingest.submissions.schemas import Envelope

_NUMBERS: Final = ("base_revision", "form_version")
_CODECS: Final = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
"""What is announced, and what it is read with: GB18030 is the whole of which the other two are parts."""
_LIMIT: Final = {"limit": MOST_ROWS}
_WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)
_ENDS_OPEN: Final = ("unexpected end of data", "field larger than field limit")
"""How the csv module tells a quote that is not closed: by the end, or by a cell larger than any text may be."""


@dataclass(frozen=True)
class Announced:
    """What was said of a table beside its body."""

    parameters: Sequence[tuple[str, str]]
    charset: str | None


def read_csv(body: bytes, announced: Announced, forms: Mapping[str, Form]) -> tuple[Envelope, list[ProblemItem]]:
    """The envelope and what is wrong with it. Without a form that is reported the rows are not looked at.

    Problems `bytes_undecodable`, `quote_unclosed` and `csv_malformed` for what is no table.
    """
    envelope, faults = envelope_of(announced.parameters)
    records = _records(_decoded(body, announced.charset))
    form = forms.get(envelope.form or "")
    if form is None or envelope.rows is None:
        return replace(envelope, rows=None), faults
    table: Table | None = None
    for number, record in records:
        if number > MOST_ROWS + 1:
            return replace(envelope, rows=None), [*faults, envelope_fault("rows_too_many", "rows", _LIMIT)]
        if not any(map(str.strip, record)):
            continue
        if table is None:
            table = Table(form, record, number, readers(form))
        else:
            table.add(number, record)
    if table is None:
        return envelope, faults
    return replace(envelope, rows=table.rows(), cells=table.cells()), faults + table.faults


def envelope_of(parameters: Sequence[tuple[str, str]]) -> tuple[Envelope, list[ProblemItem]]:
    """The envelope that the address tells of; a parameter that is empty is not given."""
    told: dict[str, object] = {}
    for name, value in parameters:
        if name in told:
            raise Problem("parameter_invalid", {"where": printable(name)})
        if name in _NUMBERS and _WHOLE.fullmatch(value):
            told[name] = int(value)
        elif value:
            told[name] = TRUTH.get(value.casefold(), value) if name == "nil" else value
    return read_envelope(json.dumps(told).encode())


def _decoded(body: bytes, charset: str | None) -> str:
    """The text; without a charset UTF-8 if it is that, else GB18030. Problem `bytes_undecodable`."""
    tried = ("utf-8-sig", "gb18030") if charset is None else (_CODECS[charset],)
    for codec in tried:
        try:
            return body.decode(codec)
        except UnicodeDecodeError as error:
            line = body.count(b"\n", 0, error.start) + 1
    raise Problem("bytes_undecodable", {"charset": charset or "UTF-8 / GB18030", "line": line})


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The records, counted from 1 as spreadsheets count rows: empty ones too, line breaks within quotes not."""
    number = 0
    try:
        for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            yield number, record
    except csv.Error as error:
        why = str(error)
        if why.startswith(_ENDS_OPEN):
            raise Problem("quote_unclosed", {"row": number + 1}) from None
        raise Problem("csv_malformed", {"row": number + 1, "why": printable(why)}) from None
