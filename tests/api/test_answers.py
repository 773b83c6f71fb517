"""ETags, 304, and what is answered from memory."""

from services.api.snapshot import Snapshot
from services.core.database import create_engine
from tests.api.conftest import NOVEMBER
from tests.builders.divisions import CITY, LICHENG
from tests.builders.reading_api import ReadingApi

PATH = f"drilldown/{LICHENG}?period=2021-11"


async def test_who_has_the_answer_already_gets_304(api: ReadingApi) -> None:
    first = await api.get(PATH)

    again = await api.get(PATH, headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_the_first_asker_gets_304_too(api: ReadingApi) -> None:
    tag = (await api.get(PATH)).headers["etag"]

    answer = await api.get(PATH, headers={"if-none-match": f'"other", W/{tag}', "accept": "application/json"})

    assert answer.status_code == 304


async def test_the_tag_changes_with_a_new_snapshot(api: ReadingApi) -> None:
    first = await api.get(PATH)
    await api.publish(*NOVEMBER)

    again = await api.get(PATH, headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


async def test_an_answer_from_memory_is_the_same_to_the_byte(api: ReadingApi) -> None:
    first, again = await api.get(PATH), await api.get(PATH)

    assert again.content == first.content
    assert again.headers == first.headers
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization, Accept"


async def test_what_was_answered_once_is_not_worked_out_again(api: ReadingApi, monkeypatch) -> None:
    first = await api.get(PATH)
    monkeypatch.delattr(Snapshot, "slice_of")

    assert (await api.get(PATH)).content == first.content


async def test_memory_never_answers_another_scope(api: ReadingApi) -> None:
    city = await api.get("cards", CITY)
    county = await api.get("periods", LICHENG)

    assert city.status_code == county.status_code == 200
    assert (await api.get("periods", CITY)).json()["root"]["code"] == CITY


async def test_a_card_counts_its_days_anew_each_day(api: ReadingApi) -> None:
    await api.raise_card(LICHENG, due_on="2021-12-12")
    before = (await api.get("cards")).json()["cards"][0]["days_left"]

    api.clock.set(api.clock.moment.replace(day=15))

    assert (before, (await api.get("cards")).json()["cards"][0]["days_left"]) == (2, -3)


async def test_when_the_database_is_away_the_api_says_so(api: ReadingApi, monkeypatch) -> None:
    away = create_engine("postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(api.app.state.keys, "_engine", away)

    answer = await api.client.get("/v1/periods", headers={"authorization": "Bearer rorc_a_b"})

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")


async def test_a_refused_request_is_not_remembered(api: ReadingApi) -> None:
    first = await api.get("drilldown/x?period=2021-11")

    assert (first.status_code, "etag" in first.headers) == (422, False)
