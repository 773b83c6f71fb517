"""Values: readings of a division and its children in one period, or of a division over time."""
