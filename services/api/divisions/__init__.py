"""Divisions: what each is, and what lies directly below it."""
