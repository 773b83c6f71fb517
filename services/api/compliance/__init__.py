"""Compliance: who has reported, in time, late or not at all."""
