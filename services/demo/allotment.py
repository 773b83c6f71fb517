"""Whole numbers that add up to a given total, shared out by weight."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def allot(total: int, weights: Mapping[Key, float]) -> dict[Key, int]:
    """`total` shared out in proportion to `weights` (not negative, not all 0) by largest remainder.

    Every key has its share, 0 at the least; ties go to the key that comes first. The same weights give the same
    shares.
    """
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: shares[key] - exact[key])
    for key in by_remainder[: total - sum(shares.values())]:
        shares[key] += 1
    return shares
