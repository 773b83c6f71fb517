"""Senders that break off, stall, or send a byte now and then, over real connections."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from services.core.database import create_engine
from services.core.settings import Settings
from services.ingest.app import create_app
from tests.builders.keys import a_key
from tests.builders.reports import NEIGHBOUR, NEIGHBOURS_VILLAGES, a_report, a_row
from tests.builders.served_apps import served

URL = "/v1/submissions"
REPORT = json.dumps(a_report()).encode()
OTHER = a_report(*[a_row(village) for village in NEIGHBOURS_VILLAGES], division=NEIGHBOUR)
IMPATIENT, PATIENT = 0.5, 3.0


@dataclass(frozen=True)
class Gate:
    """Where ingest is served, and a key."""

    address: str
    key: str

    def connection(self) -> socket.socket:
        url = httpx.URL(self.address)
        return socket.create_connection((url.host, url.port or 0), timeout=20)

    def head(self, length: int, kind: str = "application/json") -> bytes:
        return (
            f"POST {URL} HTTP/1.1\r\nHost: ingest\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    def post(self, report: dict) -> httpx.Response:
        return httpx.post(f"{self.address}{URL}", json=report, headers={"authorization": f"Bearer {self.key}"})


@pytest.fixture
async def gate(request, database, clock, catalog, engine) -> Gate:
    """Ingest over HTTP; its patience is the parameter."""
    key = await a_key(engine, clock)
    settings, own = Settings(body_timeout_seconds=request.param), create_engine(database)
    with served(create_app(settings=settings, engine=own, clock=clock, catalog=catalog), own) as address:
        yield Gate(address, key)


impatient = pytest.mark.parametrize("gate", [IMPATIENT], indirect=True)
patient = pytest.mark.parametrize("gate", [PATIENT], indirect=True)


def dripped(connection: socket.socket, content: bytes) -> Iterator[None]:
    """Send a byte at a time, until the other side has had enough."""
    for byte in content:
        try:
            connection.sendall(bytes([byte]))
        except OSError:
            return
        yield
        time.sleep(0.05)


def everything(connection: socket.socket) -> bytes:
    """What is answered until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass  # it closed while a byte was on its way
    return b"".join(parts)


def problem_in(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["code"]


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


@patient
def test_of_a_report_that_broke_off_nothing_is_kept_and_others_are_served(gate, stored):
    with gate.connection() as connection:
        connection.sendall(gate.head(len(REPORT)) + REPORT[:-1])

    answer = gate.post(OTHER)

    assert answer.status_code == 201
    assert stored.read("select division from submission") == [(NEIGHBOUR,)]
    assert stored.count("quarantine") == 0


@patient
def test_of_many_reports_that_broke_off_the_whole_ones_are_there(gate, stored):
    body = REPORT + b"\n" + json.dumps(OTHER).encode()
    with gate.connection() as connection:
        connection.sendall(gate.head(len(body), "application/x-ndjson") + body[:-1])

        assert until(lambda: stored.count("submission") > 0)

    assert gate.post(OTHER).json()["revision"] == 1


@impatient
def test_a_body_that_comes_byte_by_byte_is_given_up_and_others_are_served_meanwhile(gate, stored):
    with gate.connection() as connection:
        connection.sendall(gate.head(len(REPORT)))
        dripping = dripped(connection, REPORT)
        next(dripping)
        meanwhile = gate.post(OTHER)
        for _ in dripping:
            if stored_answer(connection):
                break

        answer = everything(connection)

    assert meanwhile.status_code == 201
    assert problem_in(answer) == (408, "body_too_slow")
    assert stored.read("select division from submission") == [(NEIGHBOUR,)]


def stored_answer(connection: socket.socket) -> bool:
    """Whether something has come that can be read."""
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(20)


@impatient
def test_a_head_that_comes_byte_by_byte_is_given_up(gate):
    with gate.connection() as connection:
        for _ in dripped(connection, gate.head(len(REPORT))):
            if stored_answer(connection):
                break

        answer = everything(connection)

    assert problem_in(answer) == (408, "body_too_slow")


@impatient
def test_a_connection_that_says_nothing_is_closed(gate):
    with gate.connection() as connection:
        assert everything(connection) == b""


@impatient
def test_of_many_reports_the_one_that_does_not_come_is_told(gate):
    with gate.connection() as connection:
        connection.sendall(gate.head(2 * len(REPORT), "application/x-ndjson") + REPORT + b"\n" + REPORT[:9])

        answer = everything(connection)

    results = [json.loads(line) for line in answer.splitlines() if line.startswith(b'{"line"')]
    assert [(result["line"], result["status"]) for result in results] == [(1, 201), (2, 408)]


@patient
def test_a_sender_on_a_slow_line_is_taken_however_long_it_takes(gate):
    body = REPORT.ljust(1600)
    with gate.connection() as connection:
        connection.sendall(gate.head(len(body)))
        for begin in range(0, len(body), 40):
            connection.sendall(body[begin : begin + 40])
            time.sleep(0.1)

        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 201 ")
