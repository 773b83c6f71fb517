"""How the tables came to be: numbered steps, each reversible."""
