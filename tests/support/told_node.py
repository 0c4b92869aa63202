# SPDX-License-Identifier: Apache-2.0
"""Something behind a Unix socket that answers a command with what a test told
it to: states that a real node takes days to come to. Speaks like local.py."""
import contextlib
import socket
import struct
import threading

from local import REFUSAL, decode, encode


class ToldNode:
    """`answers`: {kind: f(fields of the request) -> (fields, raw)}. What is
    not in it is refused."""

    def __init__(self, path, answers):
        self.path, self.answers, self.asked = path, answers, []
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(30)
        for line in self.lines:
            line.join(30)

    def _accept(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(line,),
                                      daemon=True)
            self.lines.append(thread)
            thread.start()

    def _serve(self, line):
        with line, line.makefile("rb") as reader:
            while True:
                head = reader.read(4)
                if len(head) < 4:
                    return
                body = reader.read(struct.unpack(">I", head)[0])
                kind, size = struct.unpack(">BI", body[:5])
                with contextlib.suppress(BrokenPipeError):
                    line.sendall(self._answer(kind, decode(body[5:5 + size])))

    def _answer(self, kind, request):
        self.asked.append((kind, request))
        answer = self.answers.get(kind)
        if answer is None:
            kind = REFUSAL
            fields, raw = [(1, 1), (2, b"NOT-ALLOWED"), (3, b"not here")], b""
        else:
            fields, raw = answer(request)
        proto = encode(fields)
        body = struct.pack(">BI", kind, len(proto)) + proto + raw
        return struct.pack(">I", len(body)) + body


def words(values):
    """A packed array of fixed32."""
    return struct.pack(f"<{len(values)}I", *values)
