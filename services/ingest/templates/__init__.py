"""Workbooks to be filled in, made for one reporter and period."""
