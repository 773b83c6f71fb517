"""The demo city: a simulated year, posted through the ingest API as real townships would."""
