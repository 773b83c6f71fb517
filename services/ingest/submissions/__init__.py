"""Reports of one form, period and division: taken in, and read back."""
