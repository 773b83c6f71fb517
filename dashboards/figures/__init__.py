"""Figures: one a file, each a pure function from what the api said to a Plotly figure."""
