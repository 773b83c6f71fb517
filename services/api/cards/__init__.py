"""Red and yellow cards: the open ones first, and each with its evidence and its life."""
