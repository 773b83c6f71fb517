"""What the rows of three forms say: pledges, the gates of a star rating, a rectification case."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.api.schemas import Text
from services.api.villages.repository import Fields
from services.api.villages.schemas import Fact, Gate, Pledge, Standard
from services.catalog.periods import Period
from services.catalog.schema import Form, FormField
from services.catalog.schema import Text as CatalogText

PLEDGE: Final = "pledge"
STAR_RATING: Final = "star_rating"
RECTIFICATION: Final = "rectification"

_GATE: Final = "gate_"
_VETO: Final = "veto_"
_COMMON: Final = "common"
_KIND: Final = "kind"


def shown_fields(form: Form, fields: Fields) -> Fields:
    """The answers that everybody within the scope may see: personal ones are left out."""
    personal = {given.field for given in form.fields if given.personal}
    return {name: value for name, value in fields.items() if name not in personal}


def pledge_of(form: Form, row: Fields, month: Period) -> Pledge:
    """One pledge as it stood at the end of the month."""
    fields = shown_fields(form, row)
    completed, deadline, verdict = fields.get("completed"), fields.get("deadline"), fields.get("verdict")
    return Pledge(
        number=str(fields.get("pledge_no", "")),
        project=fields.get("project"),
        goal=fields.get("goal"),
        deadline=deadline,
        progress=fields.get("progress"),
        completed=completed,
        completed_on=fields.get("completed_on"),
        overdue=not completed and deadline is not None and date.fromisoformat(deadline) <= month.last_day,
        verdict=verdict,
        verdict_title=_choice(_by_name(form).get("verdict"), verdict),
    )


def gates_of(form: Form, row: Fields) -> list[Gate]:
    """The gates in the order of the form, each with its outcome."""
    fields = shown_fields(form, row)
    return [
        Gate(
            gate=given.field.removeprefix(_GATE),
            title=_text(given.title),
            outcome=outcome,
            outcome_title=_choice(given, outcome) or Text(outcome, outcome),
            on=fields.get(f"{given.field}_on"),
        )
        for given in form.fields
        if given.field.startswith(_GATE) and given.choices and (outcome := fields.get(given.field)) is not None
    ]


def vetoes_of(form: Form, row: Fields) -> list[Text]:
    """The veto items that were hit."""
    fields = shown_fields(form, row)
    return [_text(f.title) for f in form.fields if f.field.startswith(_VETO) and fields.get(f.field) is True]


def standards_of(form: Form, row: Fields) -> list[Standard]:
    """The standards of a case that apply: those common to all, and those of its kind."""
    fields = shown_fields(form, row)
    return [
        Standard(given.field, _text(given.title), fields[given.field])
        for given in form.fields
        if _is_standard(form, given) and fields.get(given.field) is not None
    ]


def facts_of(form: Form, row: Fields) -> list[Fact]:
    """What else a case's row says, in the order of the form; free text is left out."""
    fields = shown_fields(form, row)
    return [
        Fact(given.field, _text(given.title), value, _choice(given, value), given.unit)
        for given in form.fields
        if given.type != "text" and not _is_standard(form, given) and (value := fields.get(given.field)) is not None
    ]


def _is_standard(form: Form, given: FormField) -> bool:
    kind = _by_name(form).get(_KIND)
    groups = {_COMMON, *(choice.value for choice in (kind.choices if kind else ()))}
    return given.type == "boolean" and given.field.partition("_")[0] in groups


def _by_name(form: Form) -> Mapping[str, FormField]:
    return {given.field: given for given in form.fields}


def _choice(given: FormField | None, value: Any) -> Text | None:
    choices: Sequence[Any] = given.choices if given else ()
    return next((_text(choice.title) for choice in choices if choice.value == value), None)


def _text(text: CatalogText) -> Text:
    return Text(text.zh, text.en)
