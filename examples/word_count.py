"""Counts words between two TCP sockets: text comes in, `word => count` leaves for each word.

    python examples/word_count.py --in 127.0.0.1:7010 --out 127.0.0.1:7011
"""

import argparse
import string

import ouzel as oz


def words(line):
    return [w for w in (p.strip(string.punctuation) for p in line.lower().split()) if w]


def letter(word):
    return word[0] if "a" <= word[0] <= "z" else "other"


def count(counts, word):
    counts[word] = counts.get(word, 0) + 1
    return f"{word} => {counts[word]}"


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--in", dest="source", type=address, default=("127.0.0.1", 7010))
parser.add_argument("--out", dest="target", type=address, default=("127.0.0.1", 7011))
parser.add_argument("--framing", choices=["lines", "u32"], default="lines")
parser.add_argument("--native", action="store_true", help="the same in native steps")
args = parser.parse_args()

lines = oz.from_tcp(*args.source, framing=args.framing, encoding="utf-8", listen=True)
if args.native:
    pieces = lines.map(str.lower).flat_map(str.split).map(str.strip, string.punctuation)
    counts = pieces.filter(len).key_by().count().starmap("{} => {}".format)
else:
    counts = lines.flat_map(words).key_by(letter).stateful(count, init=dict)
raise SystemExit(counts.to_tcp(*args.target).run())
