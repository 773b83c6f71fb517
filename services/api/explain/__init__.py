"""Explanations: how a value came about, and what would raise it."""
