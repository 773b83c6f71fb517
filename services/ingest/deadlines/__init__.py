"""The calendar of periods: when one opens, what is expected then, and until when it is taken."""
