"""Pages: one a file, each reads the api and fills a template."""
