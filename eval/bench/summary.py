"""Medians, percentiles and ratios of interleaved rounds."""

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile: the smallest value that `share` of them do not exceed.

    Args:
        values: At least one, in any order.
        share: In (0, 1].

    Raises:
        ValueError: There are no values, or the share is outside its range.

    Example:
        >>> percentile([40, 15, 50, 20, 35], 0.3)
        20
    """
    if not values or not 0 < share <= 1:
        raise ValueError(f"no percentile {share} of {len(values)} values")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def median_of_rounds(rounds: Sequence[Sequence[float]]) -> float:
    """Return the median over rounds of each round's median.

    Example:
        >>> median_of_rounds([[1, 2, 90], [3, 3, 3], [4, 5, 6]])
        3
    """
    return statistics.median(statistics.median(values) for values in rounds)


def pooled_percentile(rounds: Sequence[Sequence[float]], share: float) -> float:
    """Return a percentile over the values of all rounds."""
    return percentile([value for values in rounds for value in values], share)


def paired_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median of the ratios of rounds, so that a slow spell hits both sides.

    Args:
        numerators: One figure a round.
        denominators: The same of the other system, in the same order; none is zero.

    Raises:
        ValueError: The lengths differ, or there is no round.

    Example:
        >>> paired_ratio([20, 300, 44], [10, 100, 20])
        2.2
    """
    if not numerators:
        raise ValueError("no rounds to compare")
    return statistics.median(
        top / bottom for top, bottom in zip(numerators, denominators, strict=True)
    )
