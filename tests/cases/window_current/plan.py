"""With current() each row gives an update of each window that it falls into."""


def plan(a):
    sums = a.event_time().hopping(10, 5).sum().current()
    return sums.map(lambda w: (w["start"].timestamp(), w["value"]))
