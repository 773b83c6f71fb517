"""GET /v1/forms/{form}/template.xlsx: a workbook to be filled in, for one reporter and period."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.catalog.load import Catalog
from services.catalog.periods import InvalidPeriod, Period
from services.catalog.schema import Form
from services.catalog.templates import Asked, template
from services.catalog.validators import FormValidator
from services.catalog.workbook_words import MEDIA_TYPE
from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.problems import Problem, language_of
from services.core.scopes import answering
from services.ingest.caller import PersonalPurpose, ReporterOrReader
from services.ingest.faults import printable
from services.ingest.submissions.checks import KIND_NAMES, REPORTERS
from services.ingest.submissions.personal import PersonalFields
from services.ingest.templates.repository import named, read_before, read_names, read_units

router = APIRouter(prefix="/v1/forms", tags=["forms / 报表"])

Division = Annotated[str, Query(description="报送单位 / who reports")]
PeriodAsked = Annotated[str, Query(description="2021, 2021-H1, 2021-Q3, 2021-11")]
Lang = Annotated[
    Literal["zh", "en"] | None, Query(description="标题与选项的文字,缺省依 Accept-Language / of titles and choices")
]


@router.get(
    "/{form}/template.xlsx",
    summary="填报模板 / Template",
    response_class=Response,
    responses={200: {"description": "工作簿 / workbook", "content": {MEDIA_TYPE: {}}}},
)
async def read_template(
    form: str,
    request: Request,
    caller: ReporterOrReader,
    *,
    division: Division,
    period: PeriodAsked,
    lang: Lang = None,
    purpose: PersonalPurpose = None,
) -> Response:
    """已列出应报的村(镇),选项、范围、说明齐备;填好后原样报送。该期已报送的,带出全部数据以便更正。

    Rows, choices, bounds and help are there; filled in, it is posted as it is. For a period that was reported it
    holds all of that report, to be corrected; else what rarely changes, from the report before.
    """
    validator, reporter = _validator(request.app.state.catalog, form), _division(caller, division)
    asked_form, asked_period = validator.form, _period(validator.form, period)
    async with answering(request, caller) as connection:
        driver = driver_of(connection)
        codes = await read_units(driver, asked_form, asked_period, reporter.code)
        names = await read_names(driver, {*codes, reporter.code})
        personal: PersonalFields = request.app.state.personal
        before = await read_before(
            driver, validator, asked_period, reporter.code, personal if purpose is not None else None
        )
        if purpose is not None and before.rows:
            about = f"{asked_form.form} {asked_period}"
            await personal.record_read(connection, about, reporter.code, purpose)
    if reporter.code not in names:
        raise _unknown(division)
    if not codes:
        wanted_zh, wanted = REPORTERS[asked_form.grain]
        details = {"given": reporter.code, "wanted_zh": wanted_zh, "wanted": wanted}
        raise Problem("division_not_reporting", details)
    (unit,) = named([reporter.code], names)
    asked = Asked(str(asked_period), unit, before.revision, lang or ("en" if language_of(request) == "en" else "zh"))
    async with request.app.state.workbooks:
        body = await asyncio.to_thread(template, asked_form, asked, named(codes, names), before.rows)
    file = f"{asked_form.form}-{reporter.code}-{asked_period}.xlsx"
    return Response(body, media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{file}"'})


def _validator(catalog: Catalog, form: str) -> FormValidator:
    if form not in catalog.validators:
        raise Problem("not_found")
    return catalog.validators[form]


def _division(caller: Caller, given: str) -> DivisionCode:
    try:
        division = DivisionCode(given)
    except InvalidDivisionCode:
        raise Problem("division_invalid", {"given": printable(given)}) from None
    if not caller.may_see(division):
        raise _unknown(given)
    return division


def _unknown(given: str) -> Problem:
    return Problem("parameter_unknown_division", {"given": given})


def _period(form: Form, given: str) -> Period:
    try:
        period = Period.parse(given)
    except InvalidPeriod:
        raise Problem("period_invalid", {"given": printable(given)}) from None
    if period.kind != form.periodicity:
        wanted_zh, wanted = KIND_NAMES[form.periodicity]
        raise Problem("period_kind_wrong", {"given": given, "wanted_zh": wanted_zh, "wanted": wanted})
    return period
