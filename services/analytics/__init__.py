"""Postgres → snapshot: extract what changed, build the models, judge cards, publish."""
