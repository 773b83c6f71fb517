"""One village's whole story: its numbers and their trends, its cards, pledges, stars, case, orders and reports."""
