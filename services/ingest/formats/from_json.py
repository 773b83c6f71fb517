"""JSON → envelope. Faults keep the pointer of their place; numbers keep every digit that was sent."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from services.catalog.validators import CONTROL, hints
from services.core.problems import Problem, ProblemItem
from services.ingest.contents import Content
from services.ingest.faults import envelope_fault, printable
from services.ingest.submissions.schemas import Envelope
from services.ingest.submissions.waivers import MEMBERS as WAIVED_MEMBERS
from services.ingest.submissions.waivers import Waiver, read_waived

_NO_ROWS: Final = msgspec.Raw(b"[]")
_LARGEST: Final = 2**31 - 1
_LONGEST_NOTE: Final = 2000


class _Wire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    form: str
    period: str
    division: str
    form_version: int | None = None
    base_revision: int | None = None
    nil: bool = False
    note: str | None = None
    rows: msgspec.Raw = _NO_ROWS
    waivers: msgspec.Raw = _NO_ROWS


class _Line(_Wire, kw_only=True):
    idempotency_key: msgspec.Raw = msgspec.Raw(b"null")
    """Looked at before the envelope is, by who keeps answers."""


_DECODER: Final = msgspec.json.Decoder(_Wire)
_LINE_DECODER: Final = msgspec.json.Decoder(_Line)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KINDS: Final[Mapping[str, tuple[msgspec.json.Decoder[Any], str]]] = {
    field.name: (msgspec.json.Decoder(field.type), wanted)
    for field, wanted in zip(
        msgspec.structs.fields(_Wire),
        ("text", "text", "text", "integer", "integer", "boolean", "text", "array", "array"),
        strict=True,
    )
}
_NAMES: Final = tuple(_KINDS)
_REQUIRED: Final = ("form", "period", "division")


def read_envelope(body: bytes, *, is_line: bool = False) -> tuple[Envelope, list[ProblemItem]]:
    """The envelope and what is wrong with it; a member that is wrong or missing is None.

    One that is a line among others may have an `idempotency_key`.
    Problem `not_json` for anything but one JSON text in UTF-8 whose objects have each name once.
    """
    _require_json(body)
    try:
        wire = (_LINE_DECODER if is_line else _DECODER).decode(body)
        members = {name: getattr(wire, name) for name in _NAMES}
        faults: list[ProblemItem] = []
    except msgspec.ValidationError:
        members, faults = _members_one_by_one(body, is_line=is_line)
    for name, check in _CHECKS.items():
        fault = None if members.get(name) is None else check(members[name])
        if fault is not None:
            faults.append(fault)
            members[name] = None
    told: dict[str, Any] = {name: members.get(name) for name in _NAMES}
    return Envelope(**told | {"waivers": _waivers(told["waivers"], faults)}), faults


def _require_json(body: bytes) -> None:
    """Problem `not_json` with the reason. What passes can be decoded further without a surprise."""
    if _is_surely_json(body):
        return
    try:
        text = body.decode("utf-8")
        json.loads(text, object_pairs_hook=_each_name_once, parse_int=str, parse_float=str)
        _RAW.decode(body)
    except RecursionError:
        raise Problem("not_json", {"why": "nested too deep"}) from None
    except (ValueError, msgspec.DecodeError) as error:
        raise Problem("not_json", {"why": printable(str(error))}) from None


_RAW: Final = msgspec.json.Decoder(msgspec.Raw)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def _is_surely_json(body: bytes) -> bool:
    """Whether all is well, as is sooner seen of a plain report: a colon for each member that was read.

    Of a name that stands twice one member is lost, but not its colon.
    """
    try:
        envelope = _OBJECT.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    rows = envelope.get("rows")
    members = sum(len(row) for row in rows if isinstance(row, dict)) if isinstance(rows, list) else 0
    return body.count(b":") == len(envelope) + members


def _each_name_once(pairs: list[tuple[str, object]]) -> None:
    """Refuse a name that stands twice: one of its values would be lost without a word."""
    if len(dict(pairs)) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"the name {printable(twice)!r} stands twice in one object")


def _members_one_by_one(body: bytes, *, is_line: bool) -> tuple[dict[str, Any], list[ProblemItem]]:
    try:
        raws = _MEMBERS.decode(body)
    except msgspec.ValidationError:
        return {"rows": None}, [envelope_fault("wrong_type", "", {"wanted": "object", "given": "—"})]
    faults: list[ProblemItem] = []
    members: dict[str, Any] = {"rows": _NO_ROWS, "nil": False}
    for name in _NAMES:
        if name in raws:
            members[name] = _member(name, raws[name], faults)
        elif name in _REQUIRED:
            faults.append(envelope_fault("required", name))
    known = (*_NAMES, "idempotency_key") if is_line else _NAMES
    unknown = [name for name in raws if name not in known]
    faults += [envelope_fault("unknown_member", name, hints(name, known)) for name in unknown[:100]]
    return members, faults


def _member(name: str, raw: msgspec.Raw, faults: list[ProblemItem]) -> Any:
    decoder, wanted = _KINDS[name]
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        given = bytes(raw)[:200].decode("utf-8", "ignore")
        faults.append(envelope_fault("wrong_type", name, {"wanted": wanted, "given": printable(given)[:40]}))
        return None


def _rows_fault(rows: msgspec.Raw) -> ProblemItem | None:
    kinds = {"{": "object", '"': "text", "n": "null", "t": "boolean", "f": "boolean"}
    first = bytes(rows)[:1].decode()
    if first == "[":
        return None
    return envelope_fault("wrong_type", "rows", {"wanted": "array", "given": kinds.get(first, "number")})


def _waivers(raw: msgspec.Raw | None, faults: list[ProblemItem]) -> list[Waiver]:
    if raw in (None, _NO_ROWS):
        return []
    given = {"waivers": msgspec.json.decode(raw)}
    found = []
    for item in Content(given, ("waivers",), faults).objects("waivers", (*WAIVED_MEMBERS, "reason")):
        waived, reason = read_waived(item), item.text("reason", required=True)
        if waived is not None and reason is not None:
            found.append(Waiver([waived], reason))
    return found


def _note_fault(note: str) -> ProblemItem | None:
    if len(note) > _LONGEST_NOTE:
        return envelope_fault("too_long", "note", {"limit": _LONGEST_NOTE})
    return envelope_fault("unusable_text", "note") if CONTROL.search(note) else None


def _number_fault(name: str) -> Callable[[int], ProblemItem | None]:
    def fault(number: int) -> ProblemItem | None:
        within = 1 <= number <= _LARGEST
        return None if within else envelope_fault("out_of_range", name, {"minimum": 1, "maximum": _LARGEST})

    return fault


_CHECKS: Final[Mapping[str, Callable[[Any], ProblemItem | None]]] = {
    "form_version": _number_fault("form_version"),
    "base_revision": _number_fault("base_revision"),
    "note": _note_fault,
    "rows": _rows_fault,
}
