"""Chromium, driven by its DevTools protocol over a pair of pipes: nothing to install but Python and the browser."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

# The browser talks to the tested service and to nobody else: other names do not resolve, and what it would do by
# itself in the background is off. It renders our own page only, and a container seldom allows it its sandbox.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
    "--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-domain-reliability", "--disable-extensions", "--disable-sync",
    "--disable-features=MediaRouter,OptimizationHints,Translate", "--metrics-recording-only", "--hide-scrollbars",
]


class Failure(Exception):
    """What was expected of the page did not come true."""


class Chromium:
    """A browser with one page, as a context manager. All it leaves behind is taken away."""

    def __init__(self, origin):
        self.origin = origin
        self.complaints = []
        self.requests = []
        self._buffer = b""
        self._last_id = 0
        self._answers = {}

    def __enter__(self):
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if program is None:
            raise Failure("there is no chromium: apt-get install chromium")
        self._place = tempfile.mkdtemp(prefix="traveler-browser.")
        # The browser reads commands from descriptor 3 and writes to 4. Ours are moved out of the way of both first.
        commands_out, self._commands = map(_out_of_the_way, os.pipe())
        self._events, events_in = map(_out_of_the_way, os.pipe())

        def arrange():
            os.dup2(commands_out, 3)
            os.dup2(events_in, 4)

        host = urlsplit(self.origin).hostname
        self._process = subprocess.Popen(
            [program, *ARGUMENTS, f"--user-data-dir={self._place}",
             f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host}", "about:blank"],
            preexec_fn=arrange, pass_fds=(3, 4), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._place})
        os.close(commands_out)
        os.close(events_in)
        try:
            self._session = None
            target = self.command("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.command(f"{domain}.enable")
            self.command("Page.addScriptToEvaluateOnNewDocument", source="""
                addEventListener("securitypolicyviolation", (event) =>
                    console.error("policy violated", event.violatedDirective, event.blockedURI));""")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        os.close(self._commands)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._events)
        # Processes of the browser outlive it by a moment, and write into its directory until the end.
        deadline = time.monotonic() + 5
        while os.path.exists(self._place) and time.monotonic() < deadline:
            shutil.rmtree(self._place, ignore_errors=True)
            time.sleep(0.05)

    # --- the protocol ---

    def command(self, method, **parameters):
        """Sends a command and answers its result. What else arrives meanwhile is noted."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 30
        while self._last_id not in self._answers:
            self._receive(deadline - time.monotonic(), method)
        answer = self._answers.pop(self._last_id)
        if "error" in answer:
            raise Failure(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _receive(self, seconds, waiting_for):
        if not select.select([self._events], [], [], max(seconds, 0))[0]:
            raise Failure(f"the browser does not answer {waiting_for}")
        data = os.read(self._events, 1 << 20)
        if not data:
            raise Failure("the browser has ended")
        *messages, self._buffer = (self._buffer + data).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self._note(message["method"], message["params"])

    def _note(self, method, event):
        if method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(each.get("value", each.get("description"))) for each in event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")

    # --- the page ---

    def open(self, path="/"):
        self.command("Page.navigate", url=self.origin + path)

    def go(self, fragment):
        """Follows an address of the page itself, as a link would."""
        self.evaluate(f"void (location.hash = {json.dumps(fragment)})")

    def size(self, width, height, scheme="light", media="screen"):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression):
        answer = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failure(f"{expression}: {answer['exceptionDetails']['exception']['description']}")
        return answer["result"].get("value")

    def wait(self, expression, what, seconds=15):
        """Waits until the expression holds of the page."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                holds = self.evaluate(f"Boolean({expression})")
            except Failure:
                holds = False  # a document on its way out
            if holds:
                return
            if time.monotonic() > deadline:
                raise Failure(f"{what}: never so in {seconds} s. The page says: {self.text()[:1500]}")
            time.sleep(0.05)

    def text(self, selector="body"):
        """What a reader sees of an element."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def type(self, selector, text):
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self.command("Input.insertText", text=text)

    def click(self, selector):
        """Clicks the middle of the element, as a finger does: what covers it takes the click."""
        box = self.evaluate(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{ block: "center" }});
            const box = element.getBoundingClientRect();
            return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }};
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **box)

    def drag(self, selector, across, steps=8):
        """Presses the mouse on the middle of the element, moves it so many pixels to the right, and lets it go."""
        x, y = self.middle(selector)
        self.command("Input.dispatchMouseEvent", type="mousePressed", button="left", buttons=1, clickCount=1, x=x, y=y)
        for step in range(1, steps + 1):
            self.command("Input.dispatchMouseEvent", type="mouseMoved", button="left", buttons=1, x=x + across * step / steps, y=y)
        self.command("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, x=x + across, y=y)

    def fingers(self, selector, *ways, steps=8):
        """Moves a finger for each way, (from, to) in pixels to the right of the element's middle, all at once."""
        x, y = self.middle(selector)

        def points(share):
            return [{"x": x + start + (end - start) * share, "y": y, "id": number} for number, (start, end) in enumerate(ways)]

        self.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=points(0))
        for step in range(1, steps + 1):
            self.command("Input.dispatchTouchEvent", type="touchMove", touchPoints=points(step / steps))
        self.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def middle(self, selector):
        return self.evaluate(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{ block: "center" }});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")

    def press(self, key):
        code = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}.get(key)
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        code = {"windowsVirtualKeyCode": code or (ord(key.upper()) if len(key) == 1 and key.isalnum() else 0)}
        self.command("Input.dispatchKeyEvent", type="keyDown", key=key, **code, **text)
        self.command("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def keys(self, text):
        """Presses key after key, as a scanner does, to whatever has the focus."""
        for key in text:
            self.press(key)

    def choose_file(self, selector, path):
        """Gives a file to a file input, as its chooser does."""
        root = self.command("DOM.getDocument")["root"]["nodeId"]
        node = self.command("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.command("DOM.setFileInputFiles", nodeId=node, files=[path])

    def offline(self, is_offline):
        """Takes the network away, or gives it back."""
        self.command("Network.emulateNetworkConditions", offline=is_offline, latency=0, downloadThroughput=-1, uploadThroughput=-1)

    def picture(self, path, full=True):
        """Keeps a picture of the page, whole or as much as the window shows, as a PNG file."""
        data = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=full)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def printed(self, path):
        """Keeps the page as a printer gets it, as a PDF file."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.command("Page.printToPDF", printBackground=False)["data"]))


def _out_of_the_way(descriptor):
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved
