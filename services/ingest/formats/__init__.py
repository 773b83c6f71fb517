"""What reports may come as: each format gives the same envelope, and faults that say where."""
