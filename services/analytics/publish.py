"""The snapshot folder: a complete file appears by rename, old ones go, readers are never disturbed."""

import os
import re
import shutil
from pathlib import Path
from typing import Final

_BLOCK: Final = 8 * 2**20
_NAME: Final = re.compile(r"snapshot-(?P<number>\d{6,})\.duckdb")


def published(folder: Path) -> list[str]:
    """The names of the snapshots in `folder`, oldest first."""
    found = [match for path in folder.glob("snapshot-*.duckdb") if (match := _NAME.fullmatch(path.name))]
    return [f"snapshot-{m['number']}" for m in sorted(found, key=lambda m: int(m["number"]))]


def next_name(folder: Path, last: str | None) -> str:
    """The name after `last` and after everything in `folder`."""
    numbers = [int(name.rpartition("-")[2]) for name in [*published(folder), *([last] if last else [])]]
    return f"snapshot-{max(numbers, default=0) + 1:06d}"


def publish(working_file: Path, folder: Path, name: str) -> Path:
    """Give the closed warehouse away: it becomes the snapshot `name`, in one step for whoever looks."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f"{name}.duckdb"
    working_file.rename(whole)
    return whole


def restore(working_file: Path, folder: Path) -> None:
    """Where the working file was given away, a copy of the newest snapshot to go on with; none before the first."""
    names = published(folder)
    if working_file.exists() or not names:
        return
    part = working_file.with_suffix(".part")
    with (folder / f"{names[-1]}.duckdb").open("rb") as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, _BLOCK)
        # Now, while nobody waits: the next commit would have to write all of it.
        os.fsync(target.fileno())
    part.rename(working_file)


def clear(folder: Path, *, keep: int) -> None:
    """Remove all but the newest snapshot and `keep` older ones. Whoever has one open can read on."""
    for old in published(folder)[: -keep - 1]:
        (folder / f"{old}.duckdb").unlink(missing_ok=True)
