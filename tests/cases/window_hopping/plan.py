"""A hopping window gives a row to each window that covers it."""


def plan(a):
    sums = a.event_time().hopping(10, 5).sum().final()
    return sums.map(lambda w: (w["start"].timestamp(), w["end"].timestamp(), w["value"]))
