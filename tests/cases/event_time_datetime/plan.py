"""A time is a datetime, of UTC when it has no zone."""

from datetime import datetime


def plan(a):
    timed = a.event_time(datetime.fromisoformat, lateness="1 min")
    counts = timed.tumbling("1 min").count().final()
    return counts.map(lambda row: (row["start"].isoformat(), row["value"]))
