"""Problems: each has a status and two texts, and is told as RFC 9457 says."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from starlette.requests import Request

from services.core.problems import (
    MEDIA_TYPE,
    Problem,
    ProblemItem,
    answer_problems,
    codes,
    document,
    language_of,
    problem_response,
    text_of,
)  # fmt: skip

SOURCES = sorted((Path(__file__).parents[2] / "services").rglob("*.py"))
_RAISED = re.compile(r"""(?:Problem|ProblemItem|envelope_fault|row_fault|text_of|malformed)\(\s*"([a-z_]+)\"""")
_FAULT = re.compile(r"""Fault\(\s*[a-z_A-Z0-9]+,\s*"([a-z_]+)\"""")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", codes())
def test_every_code_has_a_status_and_says_the_same_in_both_languages(code):
    text = text_of(code, {})
    problem = Problem(code)

    assert 400 <= problem.status < 600
    assert re.search(r"[一-鿿]", text["zh"]) and not re.search(r"[一-鿿]", text["en"])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCES[0].parents[1])))
def test_every_code_that_is_raised_has_its_texts(path):
    source = path.read_text("utf-8")

    named = {*_RAISED.findall(source), *_FAULT.findall(source)}
    assert named - {*codes(), "query"} == set()


def test_a_code_that_nobody_wrote_a_text_for_would_be_noticed():
    named = _RAISED.findall('raise Problem("no_such_thing", {})')

    assert named == ["no_such_thing"] and "no_such_thing" not in codes()


def test_the_document_has_the_members_of_the_rfc_and_the_details():
    problem = Problem("base_stale", {"present_revision": 3, "status": "no"})

    told = document(problem, "en")
    assert {name: told[name] for name in ("type", "title", "status", "code")} == {
        "type": "urn:rorc:problem:base_stale", "title": "Conflict", "status": 409, "code": "base_stale"
    }  # fmt: skip
    assert told["detail"] == told["text"]["en"] and "revision 3" in told["detail"]
    assert told["present_revision"] == 3


def test_errors_stand_in_the_document_one_by_one():
    item = ProblemItem("required", "/rows/0/hours", text_of("required", {}), "370112001201", "hours")

    answer = problem_response(Problem("submission_invalid", {"count": 1}, [item], {"X-Also": "1"}), "zh")
    told = json.loads(answer.body)
    assert (answer.status_code, answer.media_type, answer.headers["x-also"]) == (422, MEDIA_TYPE, "1")
    assert told["errors"] == [{
        "code": "required", "pointer": "/rows/0/hours", "text": {"zh": "必填。", "en": "A value is needed here."},
        "division": "370112001201", "field": "hours", "severity": "error",
    }]  # fmt: skip


def test_a_detail_that_was_left_out_does_not_hide_the_problem():
    assert "…" in text_of("right_missing", {})["en"]


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "zh"), ("", "zh"), ("zh-CN, en", "zh"), ("en", "en"), ("EN-gb;q=0.9, zh", "en"), ("fr", "zh")],
)
def test_the_language_is_chinese_unless_english_comes_first(header, language):
    headers = [] if header is None else [(b"accept-language", header.encode())]

    assert language_of(Request({"type": "http", "headers": headers})) == language


@pytest.fixture
async def client():
    app = FastAPI()
    answer_problems(app)

    @app.get("/taken")
    def taken(number: int) -> int:
        return 1 // number

    async with AsyncClient(
        transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://here"
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"), ("POST", "/taken", 405, "method_not_allowed"),
        ("GET", "/taken?number=x", 422, "parameter_invalid"), ("GET", "/taken?number=0", 500, "internal"),
    ],
)  # fmt: skip
async def test_whatever_fails_is_told_as_a_problem(method, path, status, code, client):
    answer = await client.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    assert answer.json()["code"] == code
    assert "ZeroDivisionError" not in answer.text
