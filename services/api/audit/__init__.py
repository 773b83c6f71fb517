"""The audit log as those may read it who have the right."""
