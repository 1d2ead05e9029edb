"""Items that came before an iterator failed have been delivered."""


def parts(text):
    for part in text:
        yield int(part)


def plan(a):
    numbers = a.flat_map(parts, on_error="dead_letter")
    return numbers.union(numbers.dead_letters)
