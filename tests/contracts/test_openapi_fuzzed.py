"""Whatever is asked of whatever route: never a 5xx, and never an answer that its OpenAPI document does not tell.

Each route is asked what its document allows, what it forbids, and what means something in this city. The examples are
the same at each run; RORC_FUZZ_EXAMPLES asks for so many a route instead, other ones each time.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contracts.conftest import ServedCity
from tests.house.sources import api_app, ingest_app

Document = dict[str, Any]

DOCUMENTS: Final[Mapping[str, Document]] = {"api": api_app().openapi(), "ingest": ingest_app().openapi()}
NEVER_ENDS: Final = ("/v1/events",)
"""A stream has no end to check; tests/api/test_events.py reads it."""
CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
_ASKED: Final = os.environ.get("RORC_FUZZ_EXAMPLES")
_EXAMPLES: Final = settings(
    max_examples=int(_ASKED or 20), derandomize=_ASKED is None, deadline=None, database=None,
    phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
)  # fmt: skip
_CONFIG: Final = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
"""The key is always sent: that nothing is answered without one is tested for each route by itself."""


def operations() -> Iterator[tuple[str, str, str]]:
    """Service, path and method of every route that has an end."""
    for service, document in DOCUMENTS.items():
        for path, methods in document["paths"].items():
            yield from ((service, path, method) for method in methods if path not in NEVER_ENDS)


OPERATIONS: Final = [*operations()]


def meaningful(document: Document, city: ServedCity) -> Document:
    """The document with parameters and members that can only be what this city knows, where it knows any."""
    told = deepcopy(document)
    for methods in told["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _narrowed(parameter["name"], parameter["schema"], city)
            content = operation.get("requestBody", {}).get("content", {})
            if "application/x-ndjson" in content:
                operation["requestBody"]["content"] = {"application/json": {"schema": {"enum": city.reports}}}
            else:
                _narrow_members(content, city)
    return told


def _narrow_members(node: Any, city: ServedCity) -> None:
    if isinstance(node, dict):
        members = node.get("properties", {})
        for name in members:
            members[name] = _narrowed(name, members[name], city)
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _narrow_members(below, city)


def _narrowed(name: str, schema: Document, city: ServedCity) -> Document:
    if name not in city.known:
        return schema
    values = {"enum": city.known[name]}
    return {**schema, "items": values} if schema.get("type") == "array" else values


def ask(
    city: ServedCity, service: str, path: str, method: str, document: Document, mode: GenerationMode
) -> Counter[int]:
    """Ask a route, and check every answer; how often each status came."""
    operation = schemathesis.openapi.from_dict(document, config=_CONFIG)[path][method]
    headers = {"Authorization": f"Bearer {city.key}"}
    statuses: Counter[int] = Counter()
    with requests.Session() as session:

        @_EXAMPLES
        @given(operation.as_strategy(generation_mode=mode))
        def asked(case: schemathesis.Case) -> None:
            answer = case.call(base_url=city.addresses[service], session=session, headers=headers)
            statuses[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        asked()
    return statuses


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_what_the_document_allows_is_answered_as_it_says(service, path, method, served_city):
    assert ask(served_city, service, path, method, DOCUMENTS[service], GenerationMode.POSITIVE)


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_what_the_document_forbids_is_answered_as_it_says(service, path, method, served_city):
    try:
        ask(served_city, service, path, method, DOCUMENTS[service], GenerationMode.NEGATIVE)
    except Unsatisfiable:  # a route that takes anything, or nothing
        assert not DOCUMENTS[service]["paths"][path][method].get("requestBody")


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_what_means_something_here_is_answered_as_the_document_says(service, path, method, served_city):
    document = meaningful(DOCUMENTS[service], served_city)

    assert ask(served_city, service, path, method, document, GenerationMode.POSITIVE)


def test_an_answer_that_no_document_tells_would_be_noticed(served_city):
    document = deepcopy(DOCUMENTS["api"])
    del document["paths"]["/v1/periods"]["get"]["responses"]["200"]

    with pytest.raises(FailureGroup):
        ask(served_city, "api", "/v1/periods", "get", document, GenerationMode.POSITIVE)
