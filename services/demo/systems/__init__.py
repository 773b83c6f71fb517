"""One module a work system: what the simulated townships report of it."""
