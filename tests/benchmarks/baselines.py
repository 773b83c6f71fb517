"""What the api is measured against, each as a process: `python -m tests.benchmarks.baselines constant|rows`.

The same FastAPI, uvicorn and JSON encoder as the api has; no key is checked and nothing is tagged.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import uvicorn
from fastapi import FastAPI, Response

from services.api.schemas import DivisionRef, DivisionSummary, Reading

HEADERS = {
    "etag": '"0123456789abcdef01234567"', "cache-control": "private, no-cache", "vary": "Authorization, Accept"
}  # fmt: skip
TABLE = "bench_values"
COLUMNS = {
    "division": "text", "name": "text", "level": "text", "parent": "text", "villages": "bigint",
    "period": "text", "metric": "text",
    "numerator": "double precision", "denominator": "double precision", "value": "double precision",
    "rank": "bigint", "places": "bigint", "reported": "bigint", "expected": "bigint",
    "previous": "double precision", "year_ago": "double precision",
}  # fmt: skip
"""The rows of a drill-down with all that it tells, so that nothing is joined when they are read."""

_ROWS = f"""select division, name, level, villages, numerator, denominator, value, rank, places, reported, expected,
    previous, year_ago
from {TABLE} where metric = $1 and period = $2 and parent = $3 order by division"""
_ENCODER = msgspec.json.Encoder()


def constant(size: int) -> FastAPI:
    """Constant bytes with the headers of an answer."""
    body = b'"' + b"x" * (size - 2) + b'"'
    app = FastAPI()

    @app.get("/constant")
    async def read_constant() -> Response:
        return Response(body, media_type="application/json", headers=HEADERS)

    return app


def rows(address: str) -> FastAPI:
    """The children of a division out of an indexed table, through a pool of asyncpg connections."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(address, min_size=4, max_size=8) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/v1/drilldown/{code}")
    async def read_rows(code: str, period: str, metric: str) -> Response:
        async with app.state.pool.acquire() as connection:
            found = await connection.fetch(_ROWS, metric, period, code)
        return Response(_ENCODER.encode(_told(found, period, metric)), media_type="application/json")

    return app


def _told(found: list[asyncpg.Record], period: str, metric: str) -> dict[str, object]:
    children, readings = [], []
    for (
        code, name, level, villages, numerator, denominator, value, rank, places, reported, expected, previous, ago
    ) in found:  # fmt: skip
        children.append(DivisionSummary(code, name, level, villages, 0, 0))
        readings.append(
            Reading(
                DivisionRef(code, name, level), period, metric, numerator, denominator, value, rank, places or 0,
                reported, expected, previous, ago,
            )
        )  # fmt: skip
    return {"as_of": "", "snapshot": "", "pending": 0, "period": period, "children": children, "readings": readings}


if __name__ == "__main__":
    served = constant(int(sys.argv[2])) if sys.argv[1] == "constant" else rows(sys.argv[2])
    uvicorn.run(served, host="127.0.0.1", port=int(os.environ["RORC_PORT"]), log_level="warning", access_log=False)
