"""Form → checks of the rows that a report carries; compiled once, every fault found in one pass.

A sound report is decoded straight into typed rows. Only when that fails is each value looked at by
itself, with the same types, so that every fault is told and not just the first.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from operator import attrgetter
from typing import Annotated, Any, Final, Literal

import msgspec

from services.catalog.evaluate import failing
from services.catalog.periods import Period
from services.catalog.references import check_expression
from services.catalog.schema import Form, FormField, Severity, Text

Row = Any
"""A decoded row: an object with `division`, `nil` and one attribute a field (None when not given)."""

DECIMALS: Final = 4
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_SHOWN: Final = 40
_EARLIEST: Final = date(1900, 1, 1)
_LATEST: Final = date(2100, 12, 31)
_ENVELOPE: Final = ("division", "nil")
MOST_ROWS: Final = 100_000
_MOST_FAULTS: Final = 5_000
"""Beyond these a report is not looked at further: whoever sends it is not helped by more."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a report's rows.

    `row` counts from 0; `code` is stable; `details` fill the code's text, unless the catalog gives its own.
    """

    row: int
    code: str
    division: str | None = None
    field: str | None = None
    severity: Severity = "error"
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)
    text: Text | None = None


@dataclass(frozen=True)
class CheckedRows:
    """Rows as typed objects (None: no object was sent), and what was found wrong, by row.

    With errors among the faults, rows are not to be kept.
    """

    rows: Sequence[Row | None]
    faults: Sequence[Fault]


_Bounds = Sequence[tuple[str, Callable[[Any], tuple[str, Mapping[str, object]] | None]]]
"""Names of fields, and what tells of a value of the right type how it is out of bounds."""


class FormValidator:
    """Checks reports of one form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._fields = {f.field: f for f in form.fields}
        self._types = {f.field: _bare_type(f) for f in form.fields}
        self._row_type = _row_type(form, [_struct_field(f) for f in form.fields])
        self._decoder = msgspec.json.Decoder(list[self._row_type])  # type: ignore[name-defined]
        loose = _row_type(form, [(f.field, _struct_field(f)[1] | None, None) for f in form.fields])
        self._loose_decoder: msgspec.json.Decoder[list[Row]] = msgspec.json.Decoder(list[loose])  # type: ignore[valid-type]
        self._required = [f.field for f in form.fields if f.required]
        self._value_decoders = {name: msgspec.json.Decoder(kind) for name, kind in self._types.items()}
        self._numbers_as_text = _numbers_as_text(form)
        self._bounds = [(f.field, _bound_check(f)) for f in form.fields if f.type not in ("boolean", "choice")]
        self._bounds_of_typed = [(name, broken) for name, broken in self._bounds if self._types[name] is not int]
        self._required_keys = [f.field for f in form.fields if f.field in form.key and f.required]
        rules = [check_expression(form, check.expect) for check in form.checks]
        self._broken_rules = failing(rules)
        self.looks_back: frozenset[str] = frozenset().union(*(rule.looks_back for rule in rules))
        """Which of `previous` and `year_ago` the checks need rows of."""
        self.row_key: Callable[[Row], tuple[object, ...]] = (
            attrgetter("division", *form.key) if form.key else lambda row: (row.division,)
        )
        """What tells a row from the others of its report."""

    def check(
        self,
        rows: bytes | msgspec.Raw,
        period: Period | None,
        earlier: Mapping[str, Mapping[tuple[object, ...], Row]],
    ) -> CheckedRows:
        """The JSON array `rows`, decoded and checked. `earlier[previous|year_ago]` are rows by `row_key`.

        Without a period (the report names none that can be used) rules are left aside. A value that is
        wrong reads as missing from there on. Raises msgspec.DecodeError if `rows` is no JSON array.
        """
        typed, faults, bounds = self._decoded(bytes(rows))
        faults += self._bound_faults(typed, bounds)
        if faults or not self._has_plain_keys(typed):
            faults += self._key_faults(typed)
        if period is not None:
            faults += self._rule_faults(typed, period, earlier)
        faults.sort(key=lambda fault: fault.row)
        return CheckedRows(typed, faults)

    def _decoded(self, rows: bytes) -> tuple[list[Row | None], list[Fault], _Bounds]:
        """Typed rows, their faults, and bounds to be looked at yet; value by value only when not all are sound."""
        if self._numbers_as_text is None or not self._numbers_as_text.search(rows):
            with suppress(msgspec.ValidationError):
                return list(self._decoder.decode(rows)), [], self._bounds_of_typed
            # Rows with nothing to report lack what others must have: quicker seen at once than one by one.
            with suppress(msgspec.ValidationError):
                loose: list[Row] = self._loose_decoder.decode(rows)
                if all(row.nil or self._has_required(row) for row in loose):
                    return list(loose), [], self._bounds_of_typed
        raws = _RAW_ROWS.decode(rows)
        if len(raws) > MOST_ROWS:
            return [], [Fault(MOST_ROWS, "rows_too_many", details={"limit": MOST_ROWS})], ()
        faults: list[Fault] = []
        typed: list[Row | None] = []
        for number, raw in enumerate(raws):
            if len(faults) < _MOST_FAULTS:
                typed.append(self._typed_row(number, raw, faults))
        return typed, faults, self._bounds

    def _has_required(self, row: Row) -> bool:
        return all(getattr(row, name) is not None for name in self._required)

    def restored(self, stored: Sequence[tuple[str, bytes]]) -> list[Row]:
        """Stored rows (division, fields as JSON) as typed objects again; a value that no longer fits is missing."""
        members = (
            b'{"division":"%b"%b' % (division.encode(), b"," + fields[1:] if len(fields) > 2 else b"}")
            for division, fields in stored
        )
        try:
            return list(self._decoder.decode(b"[%b]" % b",".join(members)))
        except msgspec.ValidationError:
            return [self._restored_one(division, fields) for division, fields in stored]

    def _restored_one(self, division: str, fields: bytes) -> Row:
        row = self._empty_row(division)
        for name, raw in _RAW_MEMBERS.decode(fields).items():
            if name in self._fields and raw != _NULL:
                with suppress(msgspec.ValidationError):
                    setattr(row, name, self._value_decoders[name].decode(raw))
        return row

    def stored(self, row: Row) -> bytes:
        """A sound row's fields as JSON, as they are kept: those that were given, without the envelope's words."""
        if row.nil:
            return b"{}"
        # What is None is left out, and the division, which has no comma in it, comes first.
        return b"{%b" % (_ENCODER.encode(row).partition(b",")[2] or b"}")

    def _empty_row(self, division: str, *, nil: bool = False) -> Row:
        return self._row_type(**dict.fromkeys(self._fields), division=division, nil=nil)

    def _typed_row(self, number: int, raw: msgspec.Raw, faults: list[Fault]) -> Row | None:
        """One row looked at value by value; what is wrong goes to `faults`, a wrong value reads as missing."""
        try:
            values = _RAW_MEMBERS.decode(raw)
        except msgspec.ValidationError:
            faults.append(Fault(number, "wrong_type", details={"wanted": "object", "given": _shown(raw)}))
            return None
        division = self._enveloped(number, values, "division", "text", faults) or ""
        row = self._empty_row(division, nil=bool(self._enveloped(number, values, "nil", "boolean", faults)))
        unknown = [name for name in values if name not in self._fields and name not in _ENVELOPE]
        for name in unknown[:_MOST_UNKNOWN]:
            details = hints(name, list(self._fields))
            faults.append(Fault(number, "unknown_field", division or None, name, details=details))
        for name in self._fields:
            self._typed_value(number, row, name, values.get(name, _NULL), faults)
        return row

    def _enveloped(
        self, number: int, values: Mapping[str, msgspec.Raw], name: str, wanted: str, faults: list[Fault]
    ) -> Any:
        """The row's `division` or `nil`; None when it is missing or wrong, which is told for what must be there."""
        raw = values.get(name)
        if raw is None:
            if name == "division":
                faults.append(Fault(number, "required", None, name))
            return None
        try:
            return _ENVELOPE_DECODERS[name].decode(raw)
        except msgspec.ValidationError:
            details = {"wanted": wanted, "given": _shown(raw)}
            faults.append(Fault(number, "wrong_type", None, name, details=details))
            return None

    def _typed_value(self, number: int, row: Row, name: str, raw: msgspec.Raw, faults: list[Fault]) -> None:
        asked, division = self._fields[name], row.division or None
        if raw == _NULL:
            if asked.required and not row.nil:
                faults.append(Fault(number, "required", division, name))
            return
        try:
            if asked.type == "decimal" and bytes(raw).startswith(b'"'):
                raise msgspec.ValidationError
            setattr(row, name, self._value_decoders[name].decode(raw))
        except msgspec.ValidationError:
            wanted = ", ".join(choice.value for choice in asked.choices)
            code = "not_a_choice" if wanted and bytes(raw).startswith(b'"') else "wrong_type"
            details = {"wanted": wanted or asked.type, "given": _shown(raw)}
            faults.append(Fault(number, code, division, name, details=details))

    def _bound_faults(self, rows: Sequence[Row | None], bounds: _Bounds) -> Iterator[Fault]:
        for number, row in enumerate(rows):
            if row is None:
                continue
            if row.nil:
                yield from self._nil_faults(number, row)
            for name, broken in bounds:
                value = getattr(row, name)
                found = None if value is None else broken(value)
                if found is not None:
                    setattr(row, name, None)
                    code, details = found
                    yield Fault(number, code, row.division or None, name, details=details)

    def _nil_faults(self, number: int, row: Row) -> Iterator[Fault]:
        if not self.form.nil:
            yield Fault(number, "nil_not_allowed", row.division or None, "nil")
        for name in self._fields:
            if getattr(row, name) is not None:
                yield Fault(number, "nil_with_values", row.division or None, name)

    def _has_plain_keys(self, rows: Sequence[Row]) -> bool:
        """Whether all rows have keys of their own, and no division has too many: quicker seen than each by itself."""
        if len(set(map(self.row_key, rows))) < len(rows):
            return False
        each = Counter([row.division for row in rows]) if self.form.key else {}
        return not each or (max(each.values()) <= self.form.max_rows_each and not any(row.nil for row in rows))

    def _key_faults(self, rows: Sequence[Row | None]) -> Iterator[Fault]:
        first: dict[tuple[object, ...], int] = {}
        each: Counter[str] = Counter()
        name = self.form.key[0] if self.form.key else "division"
        for number, row in enumerate(rows):
            if row is None or not row.division or self._key_is_unsure(row):
                continue
            before = first.setdefault(self.row_key(row), number)
            each[row.division] += 1
            if before != number:
                yield Fault(number, "duplicate_row", row.division, name, details={"first": before + 1})
            elif each[row.division] == self.form.max_rows_each + 1:
                details = {"limit": self.form.max_rows_each}
                yield Fault(number, "too_many_rows", row.division, "division", details=details)
        for number, row in enumerate(rows):
            if row is not None and row.nil and self.form.key and each[row.division] > 1:
                yield Fault(number, "nil_beside_rows", row.division, "nil")

    def _key_is_unsure(self, row: Row) -> bool:
        """Whether a part of the key that must be there is not: that is told, and nothing is made of it."""
        return not row.nil and any(getattr(row, name) is None for name in self._required_keys)

    def _rule_faults(
        self,
        rows: Sequence[Row | None],
        period: Period,
        earlier: Mapping[str, Mapping[tuple[object, ...], Row]],
    ) -> Iterator[Fault]:
        before, year_ago = earlier.get("previous", {}), earlier.get("year_ago", {})
        for number, row in enumerate(rows):
            if row is None or row.nil:
                continue
            key = self.row_key(row)
            for broken in self._broken_rules(row, period, before.get(key), year_ago.get(key)):
                check = self.form.checks[broken]
                yield Fault(number, check.check, row.division or None, check.field, check.severity, text=check.text)


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_RAW_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENVELOPE_DECODERS: Final[Mapping[str, msgspec.json.Decoder[Any]]] = {
    "division": msgspec.json.Decoder(str), "nil": msgspec.json.Decoder(bool)
}  # fmt: skip
_NULL: Final = msgspec.Raw(b"null")
_SHORT: Final = Decimal(0).scaleb(-DECIMALS)
_LARGE: Final = Decimal(10**15)
_MOST_UNKNOWN: Final = 100


def has_errors(faults: Iterable[Fault]) -> bool:
    """Whether any fault bars the report (a warning does not)."""
    return any(fault.severity == "error" for fault in faults)


def _bare_type(asked: FormField) -> Any:
    if asked.type == "choice":
        return Literal[tuple(choice.value for choice in asked.choices)]
    kinds: dict[str, Any] = {
        "integer": int, "decimal": Decimal, "boolean": bool, "text": str, "date": date
    }  # fmt: skip
    return kinds[asked.type]


def _row_type(form: Form, fields: Sequence[tuple[Any, ...]]) -> type[Any]:
    return msgspec.defstruct(
        f"{form.form.title().replace('_', '')}Row",
        [("division", str), *fields, ("nil", bool, False)],
        forbid_unknown_fields=True,
        omit_defaults=True,
        kw_only=True,
        gc=False,  # its values refer to nothing
    )


def _struct_field(asked: FormField) -> Any:
    kind = _bare_type(asked)
    if asked.type == "integer" and asked.maximum is not None:
        kind = Annotated[int, msgspec.Meta(ge=int(asked.minimum), le=int(asked.maximum))]
    return (asked.field, kind) if asked.required else (asked.field, kind | None, None)


_Broken = tuple[str, Mapping[str, object]]


def _bound_check(asked: FormField) -> Callable[[Any], _Broken | None]:
    """What is out of bounds about a value of the right type: a code and its details, or None."""
    low, high = asked.minimum, asked.maximum
    bounds: Mapping[str, object] = {"minimum": f"{low:f}", "maximum": f"{high:f}" if high is not None else ""}

    def number(value: int | Decimal) -> _Broken | None:
        if isinstance(value, Decimal):
            if not value.is_finite():
                return "wrong_type", {"wanted": "decimal", "given": str(value)}
            if not _is_short(value):
                return "too_many_decimals", {"limit": DECIMALS}
        return None if high is not None and low <= value <= high else ("out_of_range", bounds)

    def text(value: str) -> _Broken | None:
        if not value.strip() or CONTROL.search(value):
            return "unusable_text", {}
        return None if len(value) <= asked.max_length else ("too_long", {"limit": asked.max_length})

    def day(value: date) -> _Broken | None:
        within = _EARLIEST <= value <= _LATEST
        return None if within else ("out_of_range", {"minimum": _EARLIEST, "maximum": _LATEST})

    checks: dict[str, Callable[[Any], _Broken | None]] = {"text": text, "date": day}
    return checks.get(asked.type, number)


def _is_short(value: Decimal) -> bool:
    """Whether a number has no more than DECIMALS. Most keep to them when they are added: sooner seen than counted."""
    if -_LARGE < value < _LARGE and (value + _SHORT).same_quantum(_SHORT):
        return True
    return value == 0 or value.as_tuple().exponent >= -DECIMALS  # type: ignore[operator]


def hints(wrong: str, known: Sequence[str]) -> dict[str, str]:
    """The nearest known word as `hint` (English) and `hint_zh`; both empty when none is near."""
    near = get_close_matches(wrong, known, n=1, cutoff=0.5) if len(wrong) <= _LONGEST_SHOWN else []
    return {
        "hint": f" (did you mean {near[0]!r}?)" if near else "",
        "hint_zh": f"（是否为 {near[0]}？）" if near else "",
    }


def _numbers_as_text(form: Form) -> re.Pattern[bytes] | None:
    """What finds a decimal that was sent as text: msgspec would take it, and `"1_0"` for 10."""
    names = [field.field for field in form.fields if field.type == "decimal"]
    return re.compile(rb'"(?:%s)"\s*:\s*"' % "|".join(names).encode()) if names else None


def _shown(raw: msgspec.Raw) -> str:
    """A JSON value as it may stand in a message: short, whatever was sent."""
    text = bytes(raw)[: 4 * _LONGEST_SHOWN].decode("utf-8", "ignore")
    kinds = {"{": "object", "[": "array"}
    text = kinds.get(text[:1], text)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
