"""The other side of a connection: for programs that give records to a stream of Ouzel.

>>> import ouzel as oz, threading
>>> from ouzel.client import Sender
>>> rows = []
>>> words = oz.from_sender("127.0.0.1", 7071, encoding="utf-8", ends=1)
>>> job = threading.Thread(target=words.sink(rows.append).run)
>>> job.start()
>>> with Sender("127.0.0.1", 7071, "words") as sender:
...     for word in ["the", "cat"]:
...         number = sender.send(word)
...     sender.end()
>>> job.join()
>>> rows, number
(['the', 'cat'], 2)
"""

from ._ouzel import Sender

__all__ = ["Sender"]
