"""POST /v1/submissions takes a report in; GET reads receipts back."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response

from services.core.database import driver_of
from services.core.idempotency import Answer, Driver, idempotency_key_of
from services.core.problems import Problem, language_of
from services.core.scopes import answering, origin_of
from services.core.settings import Settings
from services.ingest.acting import mark_of, once
from services.ingest.bodies import Kind, charset_of, kind_of, parts_in_time, read_body
from services.ingest.caller import PersonalPurpose, Reader, Reporter, Viewer
from services.ingest.contents import read_content
from services.ingest.formats.from_csv import Announced, read_csv
from services.ingest.formats.from_xlsx import read_xlsx
from services.ingest.parameters import Cursor, DivisionFilter, FormFilter, Limit, PeriodFilter, link_headers
from services.ingest.submissions import asked, changes, listing, reading
from services.ingest.submissions.batches import Batch, ResultStream, results
from services.ingest.submissions.cases import Sent
from services.ingest.submissions.corrections import marked_answer
from services.ingest.submissions.documentation import POSTED, RECEIVED, STEP, STEP_TAKEN
from services.ingest.submissions.receipts import ENCODER
from services.ingest.submissions.schemas import Changes, Page, Rows, Submission
from services.ingest.submissions.service import Intake
from services.ingest.submissions.steps import Taking, tag_in, take_step

router = APIRouter(prefix="/v1/submissions", tags=["submissions / 报送"])

ReceiptId = Annotated[UUID, Path(description="回执编号 / id of the receipt")]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="GET /v1/submissions/{submission} 给出的 ETag / the ETag that the submission was read with",
        examples=['"5b042e8d-e615-4ded-a712-d1fa1f33a007-0"'],
    ),
]
Against = Annotated[
    int | None,
    Query(ge=1, le=2**31 - 1, description="与第几次相比,缺省为前一次 / which revision, by default the one before"),
]
DryRun = Annotated[bool, Query(description="只检查,不保存 / check only, keep nothing")]


@router.post("", status_code=201, summary="报送一份报表 / Report", responses=RECEIVED, openapi_extra=POSTED)
async def receive_submission(request: Request, reporter: Reporter, dry_run: DryRun = False) -> Response:
    """一份报表一次报送:全部正确才保存,返回回执即已落盘;有错误则一次列出全部。

    One report at a time, all or nothing. The receipt is sent after the commit. Everything that is wrong
    is told at once. A correction replaces the whole report and names its `base_revision`. With an
    `Idempotency-Key` the same request may be sent again and gets the first answer, byte for byte.

    CSV 表格以地址参数说明所报内容。Of a CSV table the address says what is reported, the body has the rows.
    XLSX 可用 `/v1/forms/{form}/template.xlsx` 的模板;Accept 首选 XLSX 时,有误则退回标注好的工作簿。
    A workbook is best made from that template; who prefers XLSX in `Accept` gets it back with its faults marked.
    多份报表可逐行(NDJSON)一次送达,逐份受理。Many reports as lines (NDJSON) are each taken or refused by themselves.
    """
    kind = _kind(request)
    settings: Settings = request.app.state.settings
    if kind == "ndjson":
        batch = Batch(reporter, language_of(request), settings.max_body_bytes, dry_run, origin_of(request))
        return _results(request, batch)
    body = await read_body(request, settings.max_body_bytes, settings.body_timeout_seconds)
    sent = _sent(request, reporter, body, kind)
    if kind == "xlsx":
        sent = await _workbook(request, sent)
    intake: Intake = request.app.state.intake
    answer = await intake.receive(sent, dry_run=dry_run)
    if kind == "xlsx":
        async with request.app.state.workbooks:
            answer = await marked_answer(answer, sent, request.headers.get("accept", ""))
    return Response(answer.body, answer.status, _headers(answer, dry_run=dry_run), answer.media_type)


def _kind(request: Request) -> Kind | Problem:
    """What was sent, or what is wrong with how it was announced."""
    try:
        kind = kind_of(request)
    except Problem as problem:
        return problem
    if kind == "ndjson" and "idempotency-key" in request.headers:
        return Problem("idempotency_key_not_in_lines")
    return kind


def _results(request: Request, batch: Batch) -> Response:
    state = request.app.state
    parts = parts_in_time(request, state.settings.body_timeout_seconds)
    found = results(state.intake, state.engine, batch, parts)
    return ResultStream(found, {"X-Dry-Run": "true"} if batch.dry_run else {})


def _sent(request: Request, reporter: Reporter, body: bytes, kind: Kind | Problem) -> Sent:
    key, refusal = None, kind if isinstance(kind, Problem) else None
    if refusal is None or refusal.code != "idempotency_key_not_in_lines":
        try:
            key = idempotency_key_of(request)
        except Problem as problem:
            refusal = problem
    sent = Sent(
        reporter, body, request.headers.get("content-type", ""), key, language_of(request), refusal,
        origin=origin_of(request),
    )  # fmt: skip
    return _table(request, sent) if kind in ("csv", "xlsx") else sent


def _table(request: Request, sent: Sent) -> Sent:
    """A table, with what the address says of it: without that it could be neither told from others nor sent again."""
    parameters = _parameters(request)
    announced = Announced(parameters, charset_of(request))
    read = partial(read_csv, announced=announced, forms=request.app.state.catalog.reported_forms)
    return replace(sent, media_type=f"{sent.media_type} ?{urlencode(parameters)}", read=read)


async def _workbook(request: Request, sent: Sent) -> Sent:
    """A workbook that was read, before any connection is held; of its reading only so many go on at a time."""
    forms = request.app.state.catalog.reported_forms
    try:
        async with request.app.state.workbooks:
            found = await asyncio.to_thread(read_xlsx, sent.body, _parameters(request), forms)
    except Problem as problem:
        return replace(sent, refusal=sent.refusal or problem)
    return replace(sent, read=lambda _: found)


def _parameters(request: Request) -> list[tuple[str, str]]:
    """What the address says of a table."""
    return sorted(item for item in request.query_params.multi_items() if item[0] != "dry_run")


def _headers(answer: Answer, *, dry_run: bool) -> dict[str, str]:
    if dry_run:
        return {"X-Dry-Run": "true"}
    if answer.status != 201:
        return {}
    return {"Location": f"/v1/submissions/{msgspec.json.decode(answer.body, type=_Created).id}"}


class _Created(msgspec.Struct):
    id: str


@router.get("/{submission}", summary="一份报送 / One submission", response_model=Submission)
async def read_submission(submission: ReceiptId, request: Request, viewer: Viewer) -> Response:
    """回执及其各次更正;范围之外同样返回 404。The receipt and all revisions; 404 outside the scope."""
    async with answering(request, viewer) as connection:
        found, tag = await listing.read_one(driver_of(connection), viewer, submission)
    body = ENCODER.encode(found)
    return Response(body, headers={"ETag": _with_digest(tag, body)}, media_type="application/json")


@router.post(
    "/{submission}/events", status_code=201, summary="办理一份报送 / Take a step with a submission",
    responses=STEP_TAKEN, openapi_extra=STEP,
)  # fmt: skip
async def post_event(submission: ReceiptId, request: Request, caller: Viewer, if_match: IfMatch = None) -> Response:
    """退回、审核通过、定稿由上级办理(须有 act 权限);撤回、说明警告由报送方办理(须有 report 权限)。

    To return, accept and make final is for a level above the reporter, with the right `act`; to withdraw and to
    waive warnings for the reporter, with the right `report`.
    """
    if not if_match:
        raise Problem("precondition_missing")
    content, body = await read_content(request, asked.MEMBERS)
    state = request.app.state
    now: datetime = state.clock.now()
    taking = Taking(caller, submission, asked.read_asked(content), if_match, now)

    async def act(driver: Driver) -> bytes:
        await take_step(driver, taking)
        found, _ = await listing.read_one(driver, caller, submission)
        return ENCODER.encode(found)

    answered = await once(request, caller, mark_of(request, caller, body), now, act)
    headers = {"ETag": _with_digest(tag_in(answered), answered), "Location": f"/v1/submissions/{submission}"}
    return Response(answered, 201, headers, "application/json")


def _with_digest(tag: str, body: bytes) -> str:
    """A submission's ETag: its state, and what else there is to see."""
    return f'{tag[:-1]}.{hashlib.sha256(body).hexdigest()[:16]}"'


@router.get("/{submission}/rows", summary="一份报送的数据行 / Rows of a submission", response_model=Rows)
async def read_rows(
    submission: ReceiptId, request: Request, reader: Reader, purpose: PersonalPurpose = None
) -> Response:
    """按报送次序;村级密钥只见本村的行。个人信息默认不显示;说明用途且有 personal 权限方可查看,并记入审计。

    In the order of the report; a village's key sees its own rows. Personal fields are masked unless a purpose is
    stated, for which the right `personal` is needed; the reading is written into the audit log.
    """
    found = await reading.read_rows(request, reader, submission, purpose)
    return Response(ENCODER.encode(found), media_type="application/json")


@router.get("/{submission}/changes", summary="两次报送的不同 / What has changed", response_model=Changes)
async def read_changes(submission: ReceiptId, request: Request, reader: Reader, against: Against = None) -> Response:
    """与前一次(或指定的一次)相比,增、删的行和逐字段的更改。

    Against the revision before, or the one named: rows added and removed, and what has changed field by field.
    """
    found = await changes.read_changes(request, request.app.state.catalog, reader, submission, against)
    return Response(ENCODER.encode(found), media_type="application/json")


@router.get("", summary="报送清单 / Submissions", response_model=Page)
async def read_submissions(
    request: Request,
    viewer: Viewer,
    *,
    form: FormFilter = None,
    period: PeriodFilter = None,
    division: DivisionFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """密钥范围内的回执,最近收到的在前。Receipts within the key's scope, the last received first."""
    filters = listing.Filters(form, period, division, limit, cursor)
    page = await listing.read_page(request, viewer, filters)
    return Response(ENCODER.encode(page), headers=link_headers(request, page.next), media_type="application/json")
