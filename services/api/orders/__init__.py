"""Supervision: orders, reminder letters and site inspections, with their replies and results."""
