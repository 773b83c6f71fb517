"""Ingest's addresses as the desk uses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import msgspec

from dashboards.answers import Text
from dashboards.client import Api, ApiUnavailableError, decoded
from dashboards.desk.answers import Calendar, Due, Place, Receipt, Refusal, ReportedRow, Rows, Submission, Units

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PAGES = 20


@dataclass(frozen=True)
class Report:
    """Something to send: its bytes, and how they are announced."""

    body: bytes
    media_type: str
    params: dict[str, str]
    key: str | None = None
    """What makes two requests one; a check alone has none."""


async def read_calendar(api: Api, division: str, **filters: str | None) -> list[Due]:
    """All that is due from a division and those below it, that due first before others."""
    found: list[Due] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await api.read(Calendar, "/v1/calendar", division=division, limit=200, cursor=cursor, **filters)
        found += page.calendar
        cursor = page.next
        if cursor is None:
            break
    return found


async def read_units(api: Api, form: str, period: str, division: str) -> list[Place]:
    """Those a report should have rows of."""
    answer = await api.read(Units, f"/v1/forms/{quote(form, '')}/units", division=division, period=period)
    return answer.units


async def read_submission(api: Api, number: str) -> Submission:
    """A receipt with the life of its report."""
    response = await api.send("GET", f"/v1/submissions/{quote(number, '')}", None, {})
    return msgspec.structs.replace(decoded(response, Submission), etag=response.headers.get("etag", ""))


async def read_rows(api: Api, number: str, purpose: Mapping[str, str]) -> list[ReportedRow]:
    """The rows of a submission; with a purpose its personal fields, too."""
    path = f"/v1/submissions/{quote(number, '')}/rows"
    rows = await api.read(Rows, path)
    return (await api.read(Rows, path, **purpose)).rows if rows.masked and purpose else rows.rows


async def take_step(api: Api, number: str, step: dict[str, object], etag: str) -> None:
    """Withdraw a report that stands as `etag` says, or answer its warnings."""
    path = f"/v1/submissions/{quote(number, '')}/events"
    await api.send("POST", path, msgspec.json.encode(step), {"if-match": etag})


async def send(api: Api, report: Report, *, check: bool) -> Receipt | Refusal:
    """The receipt, or everything that is wrong; a check keeps nothing."""
    response = await _post(api, report, check=check, accept="application/json")
    try:
        if response.is_success:
            return msgspec.json.decode(response.content, type=Receipt)
        return msgspec.json.decode(response.content, type=Refusal)
    except msgspec.MsgspecError as error:
        reason = response.reason_phrase
        if response.is_success or response.status_code >= 500:
            raise ApiUnavailableError(str(error)) from error
        return Refusal(response.status_code, "http", Text(reason, reason))


async def mark(api: Api, report: Report) -> httpx.Response | None:
    """The workbook with what is wrong written into it; None when nothing is, or it is no workbook."""
    response = await _post(api, report, check=True, accept=XLSX)
    return response if response.headers.get("content-type", "").startswith(XLSX) else None


async def _post(api: Api, report: Report, *, check: bool, accept: str) -> httpx.Response:
    headers = {"content-type": report.media_type, "accept": accept}
    if report.key is not None and not check:
        headers["idempotency-key"] = f'"{report.key}"'
    params = report.params | ({"dry_run": "true"} if check else {})
    return await api.send("POST", "/v1/submissions", report.body, headers, params=params, refuse=False)
