"""A TCP proxy that spoils connections at a byte: it cuts, garbles, repeats or delays there."""

import contextlib
import socket
import threading


class Proxy:
    """Listens on `port`; `spoil(connection, way, at)` decides what to do with the byte at `at`.

    `way` is "to" or "from" the server. The answer is None, "cut", "garble", "repeat" (all bytes
    of that way once more) or "delay" (the rest of what is there goes byte by byte).
    """

    def __init__(self, server, spoil):
        self.server, self.spoil = server, spoil
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.count = 0
        self.threads, self.sockets = [], [self.listener]
        self._start(self._accept)

    def _start(self, function, *arguments):
        self.threads.append(threading.Thread(target=function, args=arguments, daemon=True))
        self.threads[-1].start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            self.sockets.append(client)
            try:
                server = socket.create_connection(("127.0.0.1", self.server))
            except OSError:
                client.shutdown(socket.SHUT_RDWR)
                continue
            self.sockets.append(server)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for way, source, target in (("to", client, server), ("from", server, client)):
                self._start(self._pump, self.count, way, source, target)

    def _pump(self, number, way, source, target):
        seen = b""
        try:
            while data := source.recv(65536):
                for at, byte in enumerate(data):
                    asked = self.spoil(number, way, len(seen))
                    seen += bytes([byte])
                    if asked == "cut":
                        target.sendall(data[:at])
                        return
                    if asked == "garble":
                        data = data[:at] + bytes([byte ^ 0x55]) + data[at + 1 :]
                    elif asked == "repeat":
                        data = data[: at + 1] + seen + data[at + 1 :]
                        break
                    elif asked == "delay":
                        for place in range(at):
                            target.sendall(data[place : place + 1])
                        data = data[at:]
                        break
                target.sendall(data)
        except OSError:
            pass
        finally:
            for one in (source, target):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self):
        for one in list(self.sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for one in self.sockets:
            one.close()
