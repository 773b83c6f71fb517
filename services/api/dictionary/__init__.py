"""The dictionary: everything that is measured, out of the catalog."""
