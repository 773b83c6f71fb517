"""Meetings: planned, moved, held or cancelled, with attendance, minutes and what is to follow."""
