"""Load over HTTP/1.1 keep-alive connections, from a process of its own.

Bare sockets, for a client with a library behind it would be slower than what it is to measure.
"""

import multiprocessing
import selectors
import socket
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

_RECEIVED_AT_ONCE = 2**18


@dataclass(frozen=True)
class Driven:
    """What came of a load: latencies in seconds, in order, and the mean size of a body in bytes."""

    latencies: Sequence[float]
    seconds: float
    body_bytes: float

    @property
    def a_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


@dataclass(frozen=True)
class Summary:
    """Several rounds of the same load: the median of each figure."""

    a_second: float
    p50: float
    p99: float

    @classmethod
    def of(cls, rounds: Sequence[Driven]) -> "Summary":
        return cls(
            statistics.median(r.a_second for r in rounds),
            statistics.median(r.percentile(0.5) for r in rounds),
            statistics.median(r.percentile(0.99) for r in rounds),
        )

    def __str__(self) -> str:
        return f"{self.a_second:,.0f}/s, p50 {self.p50 * 1000:.2f} ms, p99 {self.p99 * 1000:.2f} ms"


class Drive(Protocol):
    def __call__(
        self, port: int, requests: Sequence[bytes], *, clients: int, seconds: float | None = None
    ) -> Driven: ...


class Stream(Protocol):
    def __call__(self, port: int, head: bytes, lines: Sequence[tuple[bytes, bytes]], rounds: range) -> float: ...


@contextmanager
def driver() -> Iterator[Drive]:
    """A function that sends `requests`, each once, in the other process; with `seconds` it stops after so many."""
    with _another_process() as pool:

        def drive(port: int, requests: Sequence[bytes], *, clients: int, seconds: float | None = None) -> Driven:
            return pool.submit(_drive, port, requests, clients, seconds).result()

        yield drive


@contextmanager
def streamer() -> Iterator[Stream]:
    """A function that sends many lines as one body, from the other process, and says how many seconds it took.

    Each round sends all lines, with the round's number between their two halves; every one must be answered 201.
    """
    with _another_process() as pool:

        def stream(port: int, head: bytes, lines: Sequence[tuple[bytes, bytes]], rounds: range) -> float:
            return pool.submit(_stream, port, head, lines, rounds).result()

        yield stream


def _another_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def get(path: str, key: str | None = None) -> bytes:
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{authorization}\r\n".encode()


def post(path: str, key: str, name: str, body: bytes) -> bytes:
    """JSON, with `name` as its Idempotency-Key."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
        f'Idempotency-Key: "{name}"\r\n'
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post_lines(path: str, key: str) -> bytes:
    """The head of a request whose body comes in chunks, a report a line."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()


class Connection:
    """One client: one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self._whole = 0
        self._head = 0
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self._received.clear()
        self._whole = 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> bool:
        """Take in what has come; whether the answer is whole."""
        block = self.socket.recv(_RECEIVED_AT_ONCE)
        if not block:
            raise ConnectionError("the server closed the connection")
        self._received += block
        if not self._whole:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._head = end + 4
            self._whole = self._head + _content_length(bytes(self._received[:end]))
        return len(self._received) >= self._whole

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of one answer."""
        self.send(request)
        while not self.take():
            pass
        return self.status, bytes(self._received[self._head : self._whole])

    @property
    def status(self) -> int:
        return int(self._received[9:12])

    @property
    def body_bytes(self) -> int:
        return self._whole - self._head

    def close(self) -> None:
        self.socket.close()


def _content_length(head: bytes) -> int:
    start = head.lower().index(b"content-length:") + len(b"content-length:")
    return int(head[start:].split(b"\r\n", 1)[0])


def _drive(port: int, requests: Sequence[bytes], clients: int, seconds: float | None) -> Driven:
    waiting = iter(requests)
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    size = 0
    with ExitStack() as open_ones, selectors.DefaultSelector() as selector:
        begun = time.perf_counter()
        until = begun + seconds if seconds is not None else float("inf")
        busy = 0
        for request in _first(waiting, clients):
            connection = Connection(port)
            open_ones.callback(connection.close)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
            busy += 1
        while busy:
            for event, _ in selector.select():
                connection = event.data
                if not connection.take():
                    continue
                now = time.perf_counter()
                latencies.append(now - connection.sent_at)
                statuses[connection.status] += 1
                size += connection.body_bytes
                following = next(waiting, None) if now < until else None
                if following is None:
                    busy -= 1
                else:
                    connection.send(following)
        spent = time.perf_counter() - begun
    if any(status >= 300 for status in statuses):
        raise RuntimeError(f"answers: {dict(statuses)}")
    return Driven(sorted(latencies), spent, size / len(latencies))


def _stream(port: int, head: bytes, lines: Sequence[tuple[bytes, bytes]], rounds: range) -> float:
    """Results are read while lines are sent, by a thread of its own."""
    with socket.create_connection(("127.0.0.1", port)) as connection, ThreadPoolExecutor(1) as reader:
        begun = time.perf_counter()
        results = reader.submit(_results, connection)
        connection.sendall(head)
        for number in rounds:
            for before, after in lines:
                line = b"%b%d%b\n" % (before, number, after)
                connection.sendall(b"%x\r\n%b\r\n" % (len(line), line))
        connection.sendall(b"0\r\n\r\n")
        created, others = results.result()
        spent = time.perf_counter() - begun
    if created != len(lines) * len(rounds):
        raise RuntimeError(f"{created} of {len(lines) * len(rounds)} lines were taken: {others[:2000]!r}")
    return spent


def _results(connection: socket.socket) -> tuple[int, bytes]:
    """How many lines were taken, and what else was said of others; a result may come in two pieces."""
    created, rest, others = 0, b"", b""
    while not rest.endswith(b"0\r\n\r\n"):
        block = connection.recv(_RECEIVED_AT_ONCE)
        if not block:
            break
        *whole, rest = (rest + block).split(b"\n{")
        created += sum(b'"status":201' in result for result in whole)
        others += b"".join(result for result in whole if b'"problem"' in result)[: 2000 - len(others)]
    return created + (b'"status":201' in rest), others + (rest if b'"problem"' in rest else b"")


def _first(requests: Iterator[bytes], count: int) -> Iterator[bytes]:
    for _ in range(count):
        request = next(requests, None)
        if request is None:
            return
        yield request
