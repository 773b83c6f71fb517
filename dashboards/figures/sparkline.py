"""A line of a dozen values small enough to stand in a tile: SVG paths, drawn without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, PAD = 92.0, 34.0, 3.0


@dataclass(frozen=True)
class Sparkline:
    """Path data for a box of 92 by 34: one line a run of reported values, and where the last one is."""

    line: str
    area: str
    end_x: float
    end_y: float


def sparkline(values: Sequence[float | None]) -> Sparkline | None:
    """The values from left to right, broken where nobody reported. None with fewer than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        rise = (value - low) / (high - low) if high > low else 0.5
        runs[-1].append((i * WIDTH / (len(values) - 1), HEIGHT - PAD - rise * (HEIGHT - 2 * PAD)))
    runs = [run for run in runs if run]
    end_x, end_y = runs[-1][-1]
    lines = [_path(run) for run in runs]
    areas = [
        f"M{run[0][0]:.1f},{HEIGHT:g}L{path[1:]}L{run[-1][0]:.1f},{HEIGHT:g}Z"
        for run, path in zip(runs, lines, strict=True)
    ]
    return Sparkline("".join(lines), "".join(areas), round(end_x, 1), round(end_y, 1))


def _path(run: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in run)
