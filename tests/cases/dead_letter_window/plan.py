"""A row that cannot be aggregated is a dead letter of its window."""


def plan(a):
    rows = a.event_time(lambda row: row[0]).map(lambda row: row[1])
    return rows.tumbling(10, on_error="dead_letter").sum().dead_letters
