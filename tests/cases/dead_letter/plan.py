"""dead_letter sends bad records out at another port, in their place."""


def plan(a):
    numbers = a.map(int, on_error="dead_letter")
    return numbers.union(numbers.dead_letters.map(lambda x: ("bad", x)))
