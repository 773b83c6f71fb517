"""Form → checks of the rows that a report carries; compiled once, every fault found in one pass.

A sound report is decoded straight into typed rows. Only when that fails is each value looked at by
itself, with the same types, so that every fault is told and not just the first.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Final, Literal

import msgspec

from services.catalog.evaluate import Evaluator, Situation, compiled
from services.catalog.expressions import suggestion
from services.catalog.periods import Period
from services.catalog.references import check_expression
from services.catalog.schema import Form, FormField, Severity, Text

Row = Any
"""A decoded row: an object with `division`, `nil` and one attribute a field (None when not given)."""

DECIMALS: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EARLIEST: Final = date(1900, 1, 1)
_LATEST: Final = date(2100, 12, 31)
_ENVELOPE: Final = {"division", "nil"}


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
    details: Mapping[str, object] = field(default_factory=dict)
    text: Text | None = None


@dataclass(frozen=True)
class CheckedRows:
    """Rows as typed objects, and what was found wrong; with errors among the faults, rows are not to be kept."""

    rows: Sequence[Row]
    faults: Sequence[Fault]


@dataclass(frozen=True)
class _CompiledCheck:
    name: str
    field: str | None
    severity: Severity
    text: Text
    holds: Evaluator
    looks_back: frozenset[str]


class FormValidator:
    """Checks reports of one form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._fields = {f.field: f for f in form.fields}
        self._types = {f.field: _bare_type(f) for f in form.fields}
        self._row_type: type[Any] = msgspec.defstruct(
            f"{form.form.title().replace('_', '')}Row",
            [("division", str), *(_struct_field(f) for f in form.fields), ("nil", bool, False)],
            forbid_unknown_fields=True,
            kw_only=True,
        )
        self._decoder = msgspec.json.Decoder(list[self._row_type])  # type: ignore[name-defined]
        self._checks = [_compile_check(form, number) for number in range(len(form.checks))]

    @cached_property
    def looks_back(self) -> frozenset[str]:
        """Which of `previous` and `year_ago` the checks need rows of."""
        return frozenset().union(*(check.looks_back for check in self._checks))

    def check(
        self,
        rows: bytes | msgspec.Raw,
        period: Period,
        earlier: Mapping[str, Mapping[tuple[object, ...], Row]],
    ) -> CheckedRows:
        """The JSON array `rows`, decoded and checked. `earlier[previous|year_ago]` are rows by `row_key`.

        Raises msgspec.DecodeError if it is not JSON. A row that is no object is a fault of its own.
        """
        faults: list[Fault] = []
        try:
            typed: list[Row | None] = list(self._decoder.decode(rows))
        except msgspec.ValidationError:
            typed = [
                self._typed_row(number, raw, faults)
                for number, raw in enumerate(msgspec.json.decode(rows, type=list[Any]))
            ]
        faults += self._bound_faults(typed)
        faults += self._key_faults(typed)
        faults += self._rule_faults(typed, period, earlier)
        return CheckedRows([row for row in typed if row is not None], faults)

    def restored(self, division: str, values: Mapping[str, object]) -> Row:
        """A stored row as a typed object again; a value that no longer fits the form reads as missing."""
        row = self._empty_row(division)
        for name, kind in self._types.items():
            try:
                setattr(row, name, msgspec.convert(values.get(name), kind | None, strict=False))
            except msgspec.ValidationError:
                continue
        return row

    def row_key(self, row: Row) -> tuple[object, ...]:
        """What tells a row from the others of its report."""
        return (row.division, *(getattr(row, name) for name in self.form.key))

    def stored(self, row: Row) -> bytes:
        """The row's fields as JSON, as they are kept: those that were given, without the envelope's words."""
        values = {name: value for name in self._fields if (value := getattr(row, name)) is not None}
        return _ENCODER.encode(values)

    def _empty_row(self, division: str, *, nil: bool = False) -> Row:
        return self._row_type(**dict.fromkeys(self._fields), division=division, nil=nil)

    def _typed_row(self, number: int, raw: object, faults: list[Fault]) -> Row | None:
        """One row looked at value by value; what is wrong goes to `faults`, a wrong value reads as missing."""
        if not isinstance(raw, dict):
            faults.append(Fault(number, "wrong_type", details={"wanted": "object"}))
            return None
        division, nil = raw.get("division"), raw.get("nil", False)
        if not isinstance(division, str):
            code = "required" if division is None else "wrong_type"
            faults.append(Fault(number, code, None, "division", details={"wanted": "text"}))
            return None
        if not isinstance(nil, bool):
            faults.append(Fault(number, "wrong_type", division, "nil", details={"wanted": "boolean"}))
            return None
        row = self._empty_row(division, nil=nil)
        for name in raw.keys() - self._fields.keys() - _ENVELOPE:
            hint = suggestion(name, list(self._fields))
            faults.append(Fault(number, "unknown_field", division, name, details={"hint": hint}))
        for name in self._fields:
            self._typed_value(number, row, name, raw.get(name), faults)
        return row

    def _typed_value(self, number: int, row: Row, name: str, raw: object, faults: list[Fault]) -> None:
        asked = self._fields[name]
        if raw is None:
            if asked.required and not row.nil:
                faults.append(Fault(number, "required", row.division, name))
            return
        if row.nil:
            faults.append(Fault(number, "nil_with_values", row.division, name))
            return
        try:
            setattr(row, name, msgspec.convert(raw, self._types[name]))
        except msgspec.ValidationError:
            wanted = ", ".join(choice.value for choice in asked.choices)
            code = "not_a_choice" if wanted and isinstance(raw, str) else "wrong_type"
            details = {"wanted": wanted or asked.type, "given": _shown(raw)}
            faults.append(Fault(number, code, row.division, name, details=details))

    def _bound_faults(self, rows: Sequence[Row | None]) -> Iterator[Fault]:
        bounds = [
            (name, _bound_check(f)) for name, f in self._fields.items() if f.type not in ("boolean", "choice")
        ]
        for number, row in enumerate(rows):
            if row is None:
                continue
            if row.nil and not self.form.nil:
                yield Fault(number, "nil_not_allowed", row.division, "nil")
            for name, broken in bounds:
                value = getattr(row, name)
                found = None if value is None else broken(value)
                if found is not None:
                    code, details = found
                    yield Fault(number, code, row.division, name, details=details)

    def _key_faults(self, rows: Sequence[Row | None]) -> Iterator[Fault]:
        first: dict[tuple[object, ...], int] = {}
        each: dict[str, int] = {}
        for number, row in enumerate(rows):
            if row is None:
                continue
            before = first.setdefault(self.row_key(row), number)
            each[row.division] = each.get(row.division, 0) + 1
            name = self.form.key[0] if self.form.key else "division"
            if before != number:
                yield Fault(number, "duplicate_row", row.division, name, details={"first": before + 1})
            elif each[row.division] == self.form.max_rows_each + 1:
                details = {"limit": self.form.max_rows_each}
                yield Fault(number, "too_many_rows", row.division, "division", details=details)

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
            situation = Situation(row, period, before.get(key), year_ago.get(key))
            for check in self._checks:
                if check.holds(situation) is False:
                    yield Fault(
                        number, check.name, row.division, check.field, check.severity, text=check.text
                    )


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


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


def _struct_field(asked: FormField) -> Any:
    kind = _bare_type(asked)
    if asked.type == "integer" and asked.maximum is not None:
        kind = Annotated[int, msgspec.Meta(ge=int(asked.minimum), le=int(asked.maximum))]
    return (asked.field, kind) if asked.required else (asked.field, kind | None, None)


def _compile_check(form: Form, number: int) -> _CompiledCheck:
    check = form.checks[number]
    expression = check_expression(form, check.expect)
    return _CompiledCheck(
        check.check, check.field, check.severity, check.text, compiled(expression), expression.looks_back
    )


_Broken = tuple[str, Mapping[str, object]]


def _bound_check(asked: FormField) -> Callable[[Any], _Broken | None]:
    """What is out of bounds about a value of the right type: a code and its details, or None."""
    low, high = asked.minimum, asked.maximum
    bounds: Mapping[str, object] = {"minimum": f"{low:f}", "maximum": f"{high:f}" if high is not None else ""}

    def number(value: int | Decimal) -> _Broken | None:
        if isinstance(value, Decimal):
            if not value.is_finite():
                return "wrong_type", {"wanted": "decimal", "given": str(value)}
            if value != 0 and value.as_tuple().exponent < -DECIMALS:  # type: ignore[operator]
                return "too_many_decimals", {"limit": DECIMALS}
        return None if high is not None and low <= value <= high else ("out_of_range", bounds)

    def text(value: str) -> _Broken | None:
        if not value.strip() or _CONTROL.search(value):
            return "unusable_text", {}
        return None if len(value) <= asked.max_length else ("too_long", {"limit": asked.max_length})

    def day(value: date) -> _Broken | None:
        within = _EARLIEST <= value <= _LATEST
        return None if within else ("out_of_range", {"minimum": _EARLIEST, "maximum": _LATEST})

    checks: dict[str, Callable[[Any], _Broken | None]] = {"text": text, "date": day}
    return checks.get(asked.type, number)


def _shown(value: object) -> str:
    """A value as it may stand in a message: short, whatever was sent."""
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
