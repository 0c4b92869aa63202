# SPDX-License-Identifier: Apache-2.0
"""A TCP relay between two nodes that keeps every byte it passes on."""
import selectors
import socket
import threading
import time


class Relay:
    """Listens on 127.0.0.1:port, passes on to 127.0.0.1:target. `captured` has
    the bytes of both directions; with keep=False they are only counted."""

    def __init__(self, port, target, keep=True):
        self.target, self.keep = target, keep
        self.captured = bytearray()
        self.passed = 0
        self.moments = []  # (time, bytes passed so far)
        self.listener = self._listen(port)
        self.listener.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.wake, self.waker = socket.socketpair()
        self.selector.register(self.wake, selectors.EVENT_READ, None)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _listen(self, port):
        return socket.create_server(("127.0.0.1", port))

    def _connect(self):
        return socket.create_connection(("127.0.0.1", self.target))

    def _accept(self):
        inner, _ = self.listener.accept()
        try:
            outer = self._connect()
        except OSError:
            inner.close()
            return
        self.selector.register(inner, selectors.EVENT_READ, outer)
        self.selector.register(outer, selectors.EVENT_READ, inner)

    def _pass(self, source, other):
        try:
            data = source.recv(1 << 18)
            if data:
                other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, other):
                try:
                    self.selector.unregister(end)
                except (KeyError, ValueError):
                    pass
                end.close()
            return
        self.passed += len(data)
        self.moments.append((time.monotonic(), self.passed))
        if self.keep:
            self.captured += data

    def _run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.wake:
                    return
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj.fileno() >= 0:
                    self._pass(key.fileobj, key.data)

    def connections(self):
        """How many pass through it now."""
        return (len(self.selector.get_map()) - 2) // 2

    def close(self):
        self.waker.send(b"x")
        self.thread.join(10)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()
        self.waker.close()
