"""The worker: wait for submissions, refresh, publish, again. It also looks by itself now and then."""

import signal
import sys
import threading
import time
from types import FrameType
from typing import Final

import duckdb
import psycopg
from psycopg import sql

from services.analytics.build import BrokenWarehouse
from services.analytics.refresh import Refresher
from services.core.database import SUBMISSIONS_CHANNEL, connect
from services.core.telemetry import log_of

_LOG: Final = log_of("analytics")
_RETRY_SECONDS: Final = 2.0


def run(refresher: Refresher, stop: threading.Event) -> None:
    """Refresh at once and then whenever there is news, until `stop`. A failure is logged and tried again."""
    while not stop.is_set():
        try:
            with connect(refresher.address, autocommit=True) as listener:
                listener.execute(sql.SQL("listen {}").format(sql.Identifier(SUBMISSIONS_CHANNEL)))
                _refresh(refresher)
                while not stop.is_set():
                    if _wait(listener, refresher, stop):
                        _refresh(refresher)
        except (psycopg.Error, duckdb.Error, BrokenWarehouse, OSError) as error:
            _LOG.error("refresh failed", error=str(error))
            stop.wait(_RETRY_SECONDS)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def set_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, set_stop)
    return stop


def stop_with_parent(stop: threading.Event) -> None:
    """Set `stop` when standard input ends, which it does when the process that started this one is gone."""

    def watch() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _wait(listener: psycopg.Connection[psycopg.rows.TupleRow], refresher: Refresher, stop: threading.Event) -> bool:
    """Wait for news, then a little longer for more of it; True as well when it is time to look anyway."""
    settings = refresher.settings
    until = time.monotonic() + settings.refresh_poll_seconds
    while not stop.is_set() and time.monotonic() < until:
        slice_seconds = min(0.5, max(until - time.monotonic(), 0))
        if list(listener.notifies(timeout=slice_seconds, stop_after=1)):
            stop.wait(settings.refresh_debounce_ms / 1000)
            return True
    return not stop.is_set()


def _refresh(refresher: Refresher) -> None:
    done = refresher.refresh()
    if done.snapshot is not None:
        _LOG.info(
            "published",
            snapshot=done.snapshot,
            reports=len(done.reports),
            seconds=round(sum(done.seconds.values()), 3),
        )
    verdicts = {event: count for event, count in vars(done.verdicts).items() if count}
    if verdicts:
        _LOG.info("judged", **verdicts)
