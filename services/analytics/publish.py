"""The snapshot folder: a complete file appears by rename, old ones go, readers are never disturbed."""

import os
import re
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Final

from services.core.clock import TIME_ZONE

_NAME: Final = re.compile(r"snapshot-(?P<number>\d{6,})\.duckdb")


def published(folder: Path) -> list[str]:
    """The names of the snapshots in `folder`, oldest first."""
    found = [match for path in folder.glob("snapshot-*.duckdb") if (match := _NAME.fullmatch(path.name))]
    return [f"snapshot-{m['number']}" for m in sorted(found, key=lambda m: int(m["number"]))]


def next_name(folder: Path, last: str | None) -> str:
    """The name after `last` and after everything in `folder`."""
    numbers = [int(name.rpartition("-")[2]) for name in [*published(folder), *([last] if last else [])]]
    return f"snapshot-{max(numbers, default=0) + 1:06d}"


def publish(working_file: Path, folder: Path, name: str, as_of: datetime) -> Path:
    """Give the closed warehouse away: it becomes the snapshot `name`, in one step for whoever looks.

    The file's time is set to the moment of its data, by which `clear` decides.
    """
    folder.mkdir(parents=True, exist_ok=True)
    nanoseconds = int(as_of.timestamp()) * 10**9 + as_of.microsecond * 1000
    os.utime(working_file, ns=(nanoseconds, nanoseconds))
    whole = folder / f"{name}.duckdb"
    working_file.rename(whole)
    return whole


def restore(working_file: Path, folder: Path) -> None:
    """Where the working file was given away, a copy of the newest snapshot to go on with; none before the first."""
    names = published(folder)
    if working_file.exists() or not names:
        return
    part = working_file.with_suffix(".part")
    shutil.copyfile(folder / f"{names[-1]}.duckdb", part)
    with part.open("rb") as copied:
        # Now, while nobody waits: the next commit would have to write all of it.
        os.fsync(copied.fileno())
    part.rename(working_file)


def clear(folder: Path, *, keep: int, months: int, today: date) -> None:
    """Remove snapshots but the newest, `keep` before it, and the last of each of the `months` before this one.

    Whoever has one open can read on. The files' times tell the months: this is done at every refresh, and what a
    file says of itself can only be read by opening it, which takes longer than all the rest.
    """
    names = published(folder)
    kept = {*names[-keep - 1 :], *_last_of_months(folder, names, months, today)}
    for old in names:
        if old not in kept:
            (folder / f"{old}.duckdb").unlink(missing_ok=True)


def _last_of_months(folder: Path, names: list[str], months: int, today: date) -> list[str]:
    present = _month_number(today)
    last = {_month_of(folder / f"{name}.duckdb"): name for name in names}
    return [name for month, name in last.items() if present - months <= month < present]


def _month_of(file: Path) -> int:
    return _month_number(datetime.fromtimestamp(file.stat().st_mtime, TIME_ZONE).date())


def _month_number(day: date) -> int:
    """A number that grows by one from month to month."""
    return day.year * 12 + day.month
