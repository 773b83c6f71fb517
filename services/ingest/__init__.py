"""HTTP in → Postgres: reports are checked, kept and answered with a receipt."""
