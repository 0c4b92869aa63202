# SPDX-License-Identifier: Apache-2.0
"""Pages in a real browser. Rendered serves what the daemon's own code
(tests/web_render) makes of a given situation; Browser is Chromium, driven by
selenium, without network but this machine's loopback."""
import base64
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading


def render(build, situation, target, languages="en"):
    """(code, headers, body) of a page in a situation."""
    out = subprocess.run(
        [pathlib.Path(build) / "tests/web_render", situation, target,
         languages], stdout=subprocess.PIPE, check=True).stdout
    head, body = out.split(b"\n\n", 1)
    code, *headers = head.decode().split("\n")
    return int(code), [line.split(": ", 1) for line in headers], body


class Rendered:
    """An HTTP server of the pages of one situation, which can be changed."""

    def __init__(self, build, situation):
        self.build, self.situation = build, situation
        self.asked = []
        self.is_down = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       daemon=True)
        self.thread.start()

    def answer(self, handler):
        self.asked.append(handler.path)
        if self.is_down:
            handler.close_connection = True
            return
        code, headers, body = render(
            self.build, self.situation, handler.path,
            handler.headers.get("Accept-Language", "en"))
        handler.send_response(code)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def url(self, target="/"):
        return f"http://127.0.0.1:{self.server.server_port}{target}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Browser:
    """Chromium. `dark`, `script`, `width`, `height`: how it is set up."""

    def __init__(self, folder, dark=False, script=True, width=1200,
                 height=900):
        # Not at the top: what only renders needs no browser.
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking",
                     "--disable-component-update", "--no-proxy-server",
                     f"--user-data-dir={folder}", "--hide-scrollbars",
                     "--host-resolver-rules=MAP * ~NOTFOUND, "
                     "EXCLUDE 127.0.0.1, EXCLUDE localhost",
                     f"--window-size={width},{height}"):
            options.add_argument(word)
        if not script:
            options.add_experimental_option(
                "prefs",
                {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)
        self.command("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600})
        self.command("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}]})

    def command(self, name, parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def open(self, url):
        self.complaints()  # of the page before
        self.driver.get(url)
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition, seconds=20):
        from consortium import wait_until
        wait_until(condition, seconds, "come to a state of the page")

    def wait(self, condition):
        """Until an expression of JavaScript holds."""
        self.wait_for(lambda: self.run(f"return {condition}"))

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])"
                        ".innerText", selector)

    def pdf(self):
        """Printed as the style sheet wants it: A4."""
        return base64.b64decode(self.command(
            "Page.printToPDF", {"preferCSSPageSize": True})["data"])

    def complaints(self):
        """What stands on the console: an error of ours, or of the policy."""
        return [line["message"] for line in self.driver.get_log("browser")
                if line["level"] in ("SEVERE", "WARNING")]

    def screenshot(self, path):
        data = self.command("Page.captureScreenshot",
                            {"captureBeyondViewport": True})["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.driver.quit()


def axe_source(folder):
    """axe-core's script, fetched by npm; None without npm or its registry."""
    if shutil.which("npm") is None:
        return None
    kept = os.environ.get("HF_AXE")
    if kept is None:
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
             "--no-save", "--prefix", str(folder), "axe-core@4"],
            check=True, stdout=subprocess.DEVNULL, timeout=120)
        kept = folder / "node_modules/axe-core/axe.min.js"
    return pathlib.Path(kept).read_text(encoding="utf-8")


def violations(browser, source):
    """What axe-core finds wrong with the page that is open, a line each."""
    browser.run(source + "\nwindow.axe = axe;")
    found = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, {resultTypes: ['violations']})"
        ".then(r => done(JSON.stringify(r.violations)),"
        " e => done(JSON.stringify([{id: String(e), nodes: []}])));")
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
            for one in json.loads(found)
            for node in one["nodes"] or [{"html": "", "failureSummary": ""}]]
