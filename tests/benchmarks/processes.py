"""Processes that are measured: started as they run in service, waited for, and asked for their peak memory."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.core.settings import Settings

_PATIENCE_SECONDS = 60.0
_SAMPLED_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Running:
    """A server that answers on `port`."""

    process: psutil.Process
    port: int

    @property
    def resident_mib(self) -> float:
        return float(self.process.memory_info().rss) / 2**20

    @property
    def peak_mib(self) -> float:
        return peak_mib(self.process)


@contextmanager
def server(*arguments: str, environment: Mapping[str, str]) -> Iterator[Running]:
    """`python -m arguments` with RORC_PORT set to a free port, from when it answers until the block ends.

    What it logs is kept beside the demo city, in the newest run's words.
    """
    port = _free_port()
    with _log_of(arguments).open("wb") as log:
        popen = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, **environment, "RORC_PORT": str(port)},
            stderr=log,
        )
    try:
        _await_port(popen, port)
        yield Running(psutil.Process(popen.pid), port)
    finally:
        popen.terminate()
        try:
            popen.wait(15)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()


def peak_mib(process: psutil.Process) -> float:
    """The most memory a process has had resident; where the system does not tell, what it has now."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss) / 2**20


class Sampler:
    """Watches a process with all its children. Shared pages are shared out, so that none counts twice (PSS)."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.peak_mib = 0.0

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_SAMPLED_EVERY_SECONDS):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.peak_mib = max(self.peak_mib, sum(map(_share, family)) / 2**20)
            except psutil.Error:
                continue


def _share(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(memory, "pss", memory.uss))


def _log_of(arguments: Sequence[str]) -> Path:
    folder = Settings().data_dir / "bench" / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{'-'.join(arguments[:2]).replace('.', '-')}.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(popen: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if popen.poll() is not None:
            raise RuntimeError(f"{popen.args!r} ended with {popen.returncode} before it served")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{popen.args!r} did not serve within {_PATIENCE_SECONDS:g} s")
