"""The sub-center's desk: what is due, what is typed or uploaded, and what became of it."""
