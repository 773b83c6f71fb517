"""Several questions to the api at once: no page is answered while one of its questions is still asked."""

import asyncio

import pytest

from dashboards.client import ApiUnavailableError
from dashboards.together import together


async def _answer(word: str, turns: int, answered: list[str]) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    answered.append(word)
    return word


async def _fail(word: str) -> str:
    raise ApiUnavailableError(word)


async def test_answers_stand_in_the_order_of_the_questions() -> None:
    assert await together(_answer("slow", 9, []), _answer("quick", 0, [])) == ("slow", "quick")


async def test_a_failure_is_told_after_the_other_questions_have_ended() -> None:
    answered: list[str] = []

    with pytest.raises(ApiUnavailableError, match="first"):
        await together(_fail("first"), _answer("slow", 9, answered), _fail("second"))

    assert answered == ["slow"]
