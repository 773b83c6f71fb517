"""What is wrong with a workbook, answered as the workbook itself to who would rather have that."""

import asyncio
from typing import Any, Final

import msgspec

from services.catalog.workbook_words import MEDIA_TYPE
from services.core.idempotency import Answer
from services.core.telemetry import log_of
from services.ingest.formats.marked_workbook import TooLarge, marked
from services.ingest.submissions.cases import Sent

_OTHERS: Final = ("application/problem+json", "application/json")


async def marked_answer(answer: Answer, sent: Sent, accept: str) -> Answer:
    """The workbook with its faults marked, if it was refused for them and `accept` prefers that; else `answer`.

    What is kept for the request stays the problem: the workbook is only another way to tell it.
    """
    if answer.status != 422 or not prefers_workbook(accept):
        return answer
    problem: dict[str, Any] = msgspec.json.decode(answer.body)
    if problem["code"] != "submission_invalid" or "sheet" not in problem:
        return answer
    try:
        body = await asyncio.to_thread(marked, sent.body, problem)
    except TooLarge:
        return answer
    except Exception as error:  # openpyxl stumbles over much that other programs write: the problem tells it all
        log_of("ingest").warning("workbook_not_marked", error=f"{type(error).__name__}: {error}")
        return answer
    return Answer(answer.status, MEDIA_TYPE, body)


def prefers_workbook(accept: str) -> bool:
    """Whether an `Accept` header names the workbook, and no form of JSON above it."""
    weights = dict(map(_weighed, accept.lower().split(",")))
    wanted = weights.get(MEDIA_TYPE, 0.0)
    return wanted > 0 and all(weights.get(other, 0.0) <= wanted for other in _OTHERS)


def _weighed(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    weight = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0
