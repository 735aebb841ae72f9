"""Drives a headless Chromium over the DevTools protocol through a pipe (--remote-debugging-pipe): messages are JSON ended
by a NUL byte, so that nothing but Python itself and the browser is needed. One Chromium, one Page at a time."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

QUIET_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
]


class Failure(Exception):
    """The page did not do what it should; the message says what."""


class Chromium:
    """with Chromium() as browser: page = browser.page()"""

    def __init__(self, program=None):
        self.program = program or next(
            filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if not self.program:
            raise Failure("no Chromium found; install the package chromium")

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="ootd-chromium-", ignore_cleanup_errors=True)
        commands_in, self.commands = os.pipe()
        self.answers, answers_out = os.pipe()

        def as_fd_3_and_4():  # where the browser looks for them
            high_in, high_out = os.dup(commands_in), os.dup(answers_out)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self.process = subprocess.Popen(
            [self.program, *QUIET_FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"],
            preexec_fn=as_fd_3_and_4, pass_fds=(3, 4, commands_in, answers_out), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(commands_in)
        os.close(answers_out)
        self.buffer = b""
        self.next_id = 0
        self.events = []
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", timeout_s=5)
            self.process.wait(10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        self.profile.cleanup()

    def call(self, method, params=None, session=None, timeout_s=30):
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self._read(deadline, method)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise Failure(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _read(self, deadline, what):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.answers, 1 << 20) if ready else b""
            if not chunk:
                raise Failure(f"Chromium does not answer {what}")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def page(self, width, height, touch=False, dark=False, scale=1):
        return Page(self, width, height, touch, dark, scale)


class Page:
    """A tab in a cookie jar of its own: a new person."""

    def __init__(self, browser, width, height, touch, dark, scale):
        self.browser = browser
        self.width, self.height = width, height
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", {"url": "about:blank", "browserContextId": self.context})
        self.session = browser.call("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": touch})
        self.call("Emulation.setTouchEmulationEnabled", {"enabled": touch})
        self.call("Emulation.setEmulatedMedia",
                  {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def call(self, method, params=None):
        return self.browser.call(method, params, self.session)

    def close(self):
        self.browser.call("Target.disposeBrowserContext", {"browserContextId": self.context})

    def open(self, url):
        self.call("Page.navigate", {"url": url})

    def evaluate(self, expression):
        """The value of a JavaScript expression; a promise is awaited."""
        result = self.call("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in result:
            raise Failure(f"{expression}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def wait(self, expression, what, timeout_s=60):
        """Until the expression is true; returns its value."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                value = self.evaluate(f"(() => {expression})()")
            except Failure:
                value = None  # between two documents there is nothing to ask
            if value:
                return value
            if time.monotonic() > deadline:
                raise Failure(f"waited {timeout_s} s in vain for: {what}")
            time.sleep(0.03)

    def problems(self):
        """What the page logged as an error, or threw, so far."""
        self.evaluate("0")  # collects what is on its way
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            if event["method"] == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"]["exception"].get("description", "exception"))
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(event["params"]["entry"]["text"] + " " + event["params"]["entry"].get("url", ""))
        return found

    def mouse(self, kind, x, y):
        self.call("Input.dispatchMouseEvent",
                  {"type": kind, "x": x, "y": y, "button": "left", "buttons": 0 if kind == "mouseReleased" else 1,
                   "clickCount": 1})

    def touch(self, kind, points):
        self.call("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    def drag(self, start, end, by="mouse", release=True):
        """From start to end in small steps, as a hand moves."""
        path = [(start[0] + (end[0] - start[0]) * i / 12, start[1] + (end[1] - start[1]) * i / 12) for i in range(13)]
        for i, (x, y) in enumerate(path):
            if by == "mouse":
                self.mouse("mousePressed" if i == 0 else "mouseMoved", x, y)
            else:
                self.touch("touchStart" if i == 0 else "touchMove", [(x, y)])
            time.sleep(0.012)
        if release:
            self.release(end, by)

    def release(self, end, by="mouse"):
        if by == "mouse":
            self.mouse("mouseReleased", *end)
        else:
            self.touch("touchEnd", [])

    def click(self, selector):
        x, y = self.evaluate(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def key(self, key, code=0):
        """A key by its name in KeyboardEvent.key; code: the Windows key code, for keys that type nothing."""
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent",
                      {"type": kind, "key": key, "windowsVirtualKeyCode": code, **(text if kind == "keyDown" else {})})

    def offline(self, is_offline):
        self.call("Network.emulateNetworkConditions",
                  {"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})

    def screenshot(self, path):
        image = self.call("Page.captureScreenshot", {"format": "png"})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))
