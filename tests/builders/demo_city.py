"""The whole product as a user starts it: `rorc demo` in a process of its own, loaded and serving."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

LOADED_WITHIN = 1200.0


@dataclass(frozen=True)
class DemoCity:
    """Where the demo city is served, its keys by name, and what its start printed."""

    site: str
    keys: Mapping[str, str]
    folder: Path

    def key(self, word: str) -> str:
        """The key whose name has this word in it."""
        return next(key for name, key in self.keys.items() if word in name)

    def printed(self) -> str:
        """What `rorc demo` has printed so far."""
        return (self.folder / "printed.txt").read_text("utf-8")


@contextmanager
def running_demo(folder: Path) -> Iterator[DemoCity]:
    """Start `rorc demo` with its data in `folder`; the second time it finds the city there."""
    port = _free_port()
    environment = {**os.environ, "RORC_DATA_DIR": str(folder), "RORC_PORT": str(port), "COLUMNS": "160"}
    with (folder / "printed.txt").open("w") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "demo"], env=environment, stdout=printed, stderr=printed
        )
        try:
            site = f"http://127.0.0.1:{port}"
            _wait(process, site, folder)
            keys = json.loads((folder / "demo" / "demo.json").read_text("utf-8"))["keys"]
            yield DemoCity(site, keys, folder)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], site: str, folder: Path) -> None:
    until = time.monotonic() + LOADED_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{site}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError((folder / "printed.txt").read_text("utf-8"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
