"""The server side of the center: catalog, core, ingest, analytics, api."""
