"""A row whose time cannot be told is a bad record."""


def plan(a):
    return a.event_time(lambda row: row["t"], on_error="skip").map(lambda row: row["t"])
