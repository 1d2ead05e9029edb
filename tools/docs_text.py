"""Markdown of the generated pages: paragraphs and lists in lines of one length."""

import re
import textwrap

COLUMNS = 100


def blocks_of(lines):
    """Runs of lines between empty ones."""
    block = []
    for line in [*lines, ""]:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def wrapped(text, first="", rest=""):
    """A paragraph or list item in lines of at most COLUMNS."""
    return textwrap.fill(" ".join(text.split()), COLUMNS, initial_indent=first,
                         subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)


def item(text):
    """A list item."""
    return wrapped(text, "- ", "  ")


def escaped(text):
    """Prose in which Markdown would see marks; what is in backquotes already stays."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*<]|\b_(?!_))", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def joined(lines):
    """The text of a page."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"
