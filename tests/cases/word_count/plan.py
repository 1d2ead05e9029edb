"""Words of a text, by key, the last count of each."""

import string

COMPARE = "multiset"


def plan(a):
    words = a.map(str.lower).flat_map(str.split).map(str.strip, string.punctuation)
    return words.filter(None).key_by().count().final().starmap("{} => {}".format)
