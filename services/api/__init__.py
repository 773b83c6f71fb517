"""Snapshot and Postgres → HTTP out. It computes no number: it hands over what analytics has published."""
