"""Drill-down: a division, its own readings and those of the divisions directly below it."""
