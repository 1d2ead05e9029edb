"""starmap spreads a tuple, a list, or the columns of a join over the arguments."""

import operator


def plan(a):
    pairs = a.zip(a.map(lambda x: x * 10))
    return pairs.starmap(operator.add).map(lambda x: [x, x]).starmap("{}-{}".format)
