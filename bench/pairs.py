"""Ratios of two programs measured in turn, and what can be said about them.

Two programs that run one after the other share the weather of the machine; two that ran at
different times do not. So every comparison here is made of pairs: A B, B A, A B, ...
"""

import statistics
from math import comb
from typing import NamedTuple

CLOSE_PAIRS = 31


class Ratio(NamedTuple):
    """How ours compares with a rival: ratio of the medians, lowest and highest pair."""

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.3g} ({self.low:.3g}..{self.high:.3g})"


def alternate(runners, rounds):
    """Calls the runners in turn, forwards and backwards; returns the list of results of each."""
    results = {name: [] for name in runners}
    for number in range(rounds):
        names = list(runners)
        for name in names if number % 2 == 0 else reversed(names):
            results[name].append(runners[name]())
    return results


def ratio(ours, rivals):
    """The ratio of the medians with the lowest and the highest pair."""
    each = [a / b for a, b in zip(ours, rivals, strict=True)]
    return Ratio(statistics.median(ours) / statistics.median(rivals), min(each), max(each))


def interval(ours, rivals, level=0.95):
    """The median of the pairs' ratios with a confidence interval of at least this level.

    The interval is made of two order statistics: whatever the distribution, each pair falls below
    the true median with probability 1/2, so their number is binomial. Of 31 pairs it is the 10th
    and the 22nd; fewer than 6 cannot give 95 %.
    """
    each = sorted(a / b for a, b in zip(ours, rivals, strict=True))
    count, skipped = len(each), 0

    def outside(ranks):
        return 2 * sum(comb(count, rank) for rank in range(ranks + 1)) / 2**count

    while outside(skipped + 1) <= 1 - level:
        skipped += 1
    return Ratio(statistics.median(each), each[skipped], each[count - 1 - skipped])


def slope(lengths, costs):
    """The cost of one more: least squares through (length, cost)."""
    x, y = statistics.mean(lengths), statistics.mean(costs)
    over = sum((a - x) * (b - y) for a, b in zip(lengths, costs, strict=True))
    return over / sum((a - x) ** 2 for a in lengths)
