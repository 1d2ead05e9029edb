"""The other side of a connection: for programs that give records to a stream of Ouzel.

>>> import ouzel as oz, threading
>>> from ouzel.client import Sender
>>> words = oz.from_sender("127.0.0.1", 7071, encoding="utf-8", ends=1)
>>> job = threading.Thread(target=words.sink(print).run)
>>> job.start()
>>> with Sender("127.0.0.1", 7071, "words") as sender:
...     sender.send("the")
...     sender.send("cat")
...     sender.end()
1
2
>>> job.join()
the
cat
"""

from ._ouzel import Sender

__all__ = ["Sender"]
