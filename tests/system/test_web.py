# SPDX-License-Identifier: Apache-2.0
"""The pages and /metrics of a real node, over its socket: what is answered, to
whom, and what strangers cannot do."""
import http.client
import json
import os
import re
import resource
import signal
import socket
import stat

import pytest

from consortium import free_port, wait_until

PAGES = ("/", "/items", "/members", "/history", "/report", "/glossary")


class Site:
    """The HTTP door of one node."""

    def __init__(self, port):
        self.port = port

    def get(self, path, method="GET", headers=None, host="127.0.0.1"):
        """(code, headers, body)."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.putrequest(method, path, skip_host=True)
            if host is not None:
                line.putheader("Host", host)
            for name, value in (headers or {}).items():
                line.putheader(name, value)
            line.endheaders()
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            line.close()

    def raw(self, data, seconds=20):
        """All that comes back for these bytes until it hangs up."""
        with socket.create_connection(("127.0.0.1", self.port),
                                      timeout=seconds) as line:
            line.sendall(data)
            got = b""
            try:
                while piece := line.recv(65536):
                    got += piece
            except ConnectionResetError:
                pass
            return got


def metrics(site):
    """{name with labels: value} of /metrics, whose form is checked."""
    code, headers, body = site.get("/metrics")
    assert code == 200 and "version=0.0.4" in headers["Content-Type"]
    values = {}
    for line in body.decode().splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) holdfast_[a-z_]+ .+", line)
            continue
        name, value = re.fullmatch(
            r'(holdfast_[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) '
            r"(\d+)", line).groups()
        assert name not in values, f"{name} twice"
        values[name] = int(value)
    return values


@pytest.fixture
def node(consortium):
    """One node with pages."""
    made = consortium(["viasna"])
    node = made.nodes["viasna"]
    node.settings["http"] = {"listen": f"127.0.0.1:{free_port()}",
                             "names": "health.example"}
    made.set_up()
    node.site = Site(int(node.settings["http"]["listen"].split(":")[1]))
    return node


def test_answers_every_page(node):
    for path in PAGES:
        code, headers, body = node.site.get(path)
        assert code == 200 and body.startswith(b"<!doctype html>")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert len(body) < 60000
        assert not re.search(rb"(src|href)=.(https?:|//)", body)
        assert b" style=" not in body and b"<style" not in body
    for path, kind in (("/style.css", "text/css"), ("/icon.svg", "image/svg"),
                       ("/live.js", "text/javascript")):
        code, headers, body = node.site.get(path)
        assert code == 200 and headers["Content-Type"].startswith(kind)
    assert node.site.get("/healthz")[2] == b"ok\n"


def test_speaks_three_languages(node):
    def lang(path, **headers):
        code, got, body = node.site.get(path, headers=headers)
        assert code == 200
        word = re.search(rb"<html lang='(..)'", body).group(1).decode()
        assert got["Content-Language"] == word
        return word

    assert lang("/") == "en"
    assert lang("/", **{"Accept-Language": "be-BY,ru;q=0.5"}) == "be"
    assert lang("/?lang=ru", **{"Accept-Language": "be"}) == "ru"
    body = node.site.get("/?lang=be")[2].decode()
    assert "не правераны" in body and "href='/report?lang=be'" in body


def test_says_the_same_as_the_command(node):
    code, headers, body = node.site.get("/api/1/status.json")
    assert code == 200 and headers["Content-Type"] == "application/json"
    page = json.loads(body)
    command = node.run("status", "--json", "--config", node.config,
                       ok=None).json()
    assert page["schema"] == command["schema"] == "holdfast.status/1"
    assert page["node"] == command["node"] == "viasna-1"
    assert page.keys() == command.keys()
    assert page["data"].keys() == command["data"].keys()
    assert page["exit_code"] == command["exit_code"]


def test_metrics_are_there_at_zero(node):
    values = metrics(node.site)
    for state in ("protected", "spreading", "short", "last-copy", "lost",
                  "unproven"):
        assert values[f'holdfast_items{{state="{state}"}}'] == 0
    for code in ("FORK", "TWINS", "ROSTER-FORK", "UNPROVED", "STORE-FULL"):
        assert values[f'holdfast_alarm{{code="{code}",severity="critical"}}'] == 0
    assert values["holdfast_rule_copies"] == 1
    assert values["holdfast_view_timestamp_seconds"] > 1700000000


def test_only_reads(node):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE",
                   "BREW"):
        code, headers, _ = node.site.get("/", method)
        assert code == 405, method
        assert headers["Allow"] == "GET, HEAD"
    for path in (*PAGES, "/metrics", "/healthz", "/style.css"):
        code, headers, body = node.site.get(path, "HEAD")
        assert code == 200 and body == b"" and int(headers["Content-Length"])
    big = node.site.raw(b"POST / HTTP/1.1\r\nHost: localhost\r\n"
                        b"Content-Length: 1000000000\r\n\r\n" + b"x" * 100000)
    assert big == b"" or b" 405 " in big.split(b"\r\n")[0]


def test_only_for_its_names(node):
    for host in ("127.0.0.1", "localhost:9", "[::1]:80", "health.example",
                 "HEALTH.example:443"):
        assert node.site.get("/metrics", host=host)[0] == 200, host
    for host in ("evil.example", "health.example.evil.example", "",
                 "127.0.0.1.evil.example", "localhost:x"):
        assert node.site.get("/metrics", host=host)[0] in (400, 421), host
    assert b" 421 " in node.site.raw(
        b"GET /metrics HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


def test_malformed_requests_end(node):
    assert node.site.get("/?lang=xx")[0] == 400
    assert node.site.get("/items?at=1")[0] == 400
    assert node.site.get("/nothing")[0] == 404
    assert node.site.get("/" + "a" * 600)[0] == 414
    for data in (b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: localhost\r\n" +
                 b"X: " + b"a" * 40000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: localhost\r\n" +
                 b"A: b\r\n" * 20000 + b"\r\n"):
        got = node.site.raw(data)
        assert b" 200 " not in got.split(b"\r\n")[0], data[:40]
    assert node.site.get("/healthz")[0] == 200


def test_a_thousand_half_open_connections(node):
    """Each has begun a request and ends it never: everybody else is served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    lines = []
    try:
        for number in range(1000):
            line = socket.create_connection(("127.0.0.1", node.site.port), 20)
            line.sendall(b"GET /metrics HTTP/1.1\r\nHost: local"[:number % 40])
            lines.append(line)
            if number % 100 == 99:
                assert node.site.get("/metrics")[0] == 200
        for path in ("/metrics", "/", "/items", "/healthz"):
            assert node.site.get(path)[0] == 200
        assert node.status()["phase"]
        # It keeps no more of them than it has seats.
        assert len(os.listdir(f"/proc/{node.pid}/fd")) < 400
    finally:
        for line in lines:
            line.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    wait_until(lambda: len(os.listdir(f"/proc/{node.pid}/fd")) < 150, 30,
               "its connections closed")


def test_one_connection_asks_often(node):
    line = http.client.HTTPConnection("127.0.0.1", node.site.port, timeout=20)
    for _ in range(50):
        line.request("GET", "/metrics")
        assert line.getresponse().read().startswith(b"# HELP")
    line.close()


def test_over_a_unix_socket(consortium):
    made = consortium(["viasna"])
    node = made.nodes["viasna"]
    path = node.folder / "pages"
    node.settings["http"] = {"listen": f"unix:{path}"}
    made.set_up()

    def ask():
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(20)
            line.connect(str(path))
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                         b"Connection: close\r\n\r\n")
            got = b""
            while piece := line.recv(65536):
                got += piece
            return got

    assert ask().endswith(b"ok\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    node.kill()
    node.start()  # what the killed one left is no obstacle
    assert ask().endswith(b"ok\n")
    node.settings["http"] = {"listen": f"127.0.0.1:{free_port()}"}
    node.write_config()
    node.process.send_signal(signal.SIGHUP)
    node.wait_log("[http] listen changed: needs a restart")


def test_a_taken_port_says_so(consortium):
    made = consortium(["viasna"])
    node = made.nodes["viasna"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        made.set_up()
        node.stop()
        node.settings["http"] = {"listen": listen}
        node.write_config()
        node.start(ready=False)
        assert node.wait_exit() == 1
    assert f"[http] listen = {listen}: Address already in use" in node.log_text()
