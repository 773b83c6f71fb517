"""The snapshot folder: a complete file appears by rename, old ones go, readers are never disturbed."""

import re
import shutil
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"snapshot-(?P<number>\d{6,})\.duckdb")


def published(folder: Path) -> list[str]:
    """The names of the snapshots in `folder`, oldest first."""
    found = [match for path in folder.glob("snapshot-*.duckdb") if (match := _NAME.fullmatch(path.name))]
    return [f"snapshot-{m['number']}" for m in sorted(found, key=lambda m: int(m["number"]))]


def next_name(folder: Path, last: str | None) -> str:
    """The name after `last` and after everything in `folder`."""
    numbers = [int(name.rpartition("-")[2]) for name in [*published(folder), *([last] if last else [])]]
    return f"snapshot-{max(numbers, default=0) + 1:06d}"


def publish(working_file: Path, folder: Path, name: str, *, keep: int) -> Path:
    """Copy the closed warehouse to `folder` as `name`, in one step for whoever looks; keep `keep` older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.part"):
        left_over.unlink()
    part, whole = folder / f"{name}.part", folder / f"{name}.duckdb"
    shutil.copyfile(working_file, part)
    part.rename(whole)
    for old in published(folder)[: -keep - 1]:
        (folder / f"{old}.duckdb").unlink(missing_ok=True)
    return whole
