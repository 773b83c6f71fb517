"""The demo city: some simulated years, posted through the ingest API as real townships would."""
