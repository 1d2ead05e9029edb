"""What is no time is a dead letter of event_time."""


def plan(a):
    return a.event_time(lambda row: row[0], on_error="dead_letter").dead_letters
