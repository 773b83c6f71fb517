"""Dashboards: pages and figures over the api. Knows the api by its HTTP alone."""
