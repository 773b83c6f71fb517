"""What a benchmark found, as a table: measured beside its baseline, the ratio, the goal, and peak memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Line:
    """One comparison. `ratio` is how many times better than the baseline; without a `goal` it is only told."""

    what: str
    measured: str
    baseline: str
    ratio: float
    goal: float | None = None

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.ratio >= self.goal


@dataclass(frozen=True)
class Report:
    """One benchmark. `memory` is the peak of each process or group of processes, in MiB."""

    title: str
    lines: Sequence[Line]
    memory: Mapping[str, float]
    notes: Sequence[str] = field(default_factory=tuple)


def show(report: Report, console: Console) -> None:
    table = Table(title=report.title, title_justify="left", title_style="bold")
    for name in ("", "measured", "baseline", "ratio", "goal", "met"):
        table.add_column(name, justify="right" if name in ("ratio", "goal") else "left")
    for line in report.lines:
        goal, met = ("", "") if line.goal is None else (f"≥ {line.goal:g} ×", "yes" if line.is_met else "[red]no[/]")
        table.add_row(line.what, line.measured, line.baseline, f"{line.ratio:.2f} ×", goal, met)
    console.print(table)
    peaks = ", ".join(f"{name} {mib:,.0f} MiB" for name, mib in report.memory.items())
    console.print(f"peak memory: {peaks}", highlight=False)
    for note in report.notes:
        console.print(f"  {note}", highlight=False)
    console.print()
