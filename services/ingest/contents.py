"""What is asked for in the body of a request, checked member by member: everything that is wrong is told at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.requests import Request

from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.catalog.validators import CONTROL, hints
from services.core.problems import Problem, ProblemItem, text_of
from services.ingest.bodies import read_body
from services.ingest.faults import pointer, printable

LONGEST_TEXT: Final = 2000
_LONGEST_NAME: Final = 100
_MOST_BYTES: Final = 256 * 2**10
_MOST_ITEMS: Final = 200
_YEARS: Final = range(2000, 2100)


class Content:
    """An object that was sent. Each member is asked for once; `refuse` tells what was wrong with all of them."""

    def __init__(
        self, given: object, known: Sequence[str], faults: list[ProblemItem], place: tuple[str | int, ...] = ()
    ) -> None:
        self.faults = faults
        self._place = place
        self._members: Mapping[str, Any] = given if isinstance(given, dict) else {}
        self._is_object = isinstance(given, dict)
        if not self._is_object:
            self.blame("wrong_type", wanted="object", given=_shown(given))
        for name in self._members:
            if name not in known:
                self.blame("unknown_member", name, **hints(name, known))

    def blame(self, code: str, *where: str | int, **details: object) -> None:
        """Something is wrong at this place."""
        place = (*self._place, *where)
        name = printable(str(where[0])) if where else None
        self.faults.append(ProblemItem(code, pointer(*place), text_of(code, details), field=name))

    def refuse(self) -> None:
        """Problem `content_invalid` if anything is wrong."""
        if self.faults:
            raise Problem("content_invalid", {"count": len(self.faults)}, self.faults)

    def has(self, name: str) -> bool:
        """Whether a member was sent, and is not empty."""
        return self._members.get(name) not in (None, [])

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST_TEXT) -> str | None:
        """A text with something in it."""
        given = self._members.get(name)
        if given is not None and not isinstance(given, str):
            self.blame("wrong_type", name, wanted="text", given=_shown(given))
            return None
        text = (given or "").replace("\r\n", "\n").strip()
        if len(text) > longest:
            self.blame("too_long", name, limit=longest)
        elif CONTROL.search(text):
            self.blame("unusable_text", name)
        elif not text and required and self._is_object:
            self.blame("required", name)
        return text or None

    def name(self, name: str, *, required: bool = False) -> str | None:
        """A short text."""
        return self.text(name, required=required, longest=_LONGEST_NAME)

    def division(self, name: str, *, required: bool = False) -> DivisionCode | None:
        """The code of a division."""
        given = self.name(name, required=required)
        try:
            return None if given is None else DivisionCode(given)
        except InvalidDivisionCode:
            self.blame("division_invalid", name, given=printable(given or ""))
            return None

    def number(self, name: str, largest: int) -> int | None:
        """A whole number from 1 on."""
        given = self._members.get(name)
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int):
            self.blame("wrong_type", name, wanted="integer", given=_shown(given))
        elif not 1 <= given <= largest:
            self.blame("out_of_range", name, minimum=1, maximum=largest)
        else:
            return given
        return None

    def moment(self, name: str) -> datetime | None:
        """A moment with its offset."""
        given = self.name(name, required=True)
        if given is None:
            return None
        try:
            found = datetime.fromisoformat(given)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or found.year not in _YEARS:
            self.blame("wrong_type", name, wanted="2021-12-06T09:00:00+08:00", given=printable(given))
            return None
        return found

    def objects(self, name: str, known: Sequence[str]) -> Iterator["Content"]:
        """The objects of a list."""
        given = self._members.get(name)
        if given is None:
            return
        if not isinstance(given, list):
            self.blame("wrong_type", name, wanted="array", given=_shown(given))
        elif len(given) > _MOST_ITEMS:
            self.blame("too_many", name, limit=_MOST_ITEMS)
        else:
            for number, item in enumerate(given):
                yield Content(item, known, self.faults, (*self._place, name, number))


async def read_content(request: Request, known: Sequence[str]) -> tuple[Content, bytes]:
    """The object in the body of a request, and the body as it came; Problem when it is no JSON."""
    body = await read_body(request, _MOST_BYTES, request.app.state.settings.body_timeout_seconds)
    try:
        given = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Problem("not_json", {"why": printable(str(error))}) from error
    return Content(given, known, []), body


def _shown(given: object) -> str:
    return printable(str(given))[:40]
