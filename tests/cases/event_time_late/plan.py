"""Rows behind the watermark leave on late."""


def plan(a):
    return a.event_time(lambda row: row[0], lateness=1).late
