"""What every service stands on. Knows no form, no metric and no route."""
