"""Refused bodies: kept as they came with what was answered, looked into, and thrown away after a while."""
