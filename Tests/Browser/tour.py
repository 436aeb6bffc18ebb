"""What the tours of the page share: expectations, pictures, settings, and the playing of one."""

import json
import os
import sys
import time
import traceback
from urllib.parse import urlsplit

from chromium import Chromium, Failure


def expect(holds, what):
    if not holds:
        raise Failure(what)


def picture(browser, name):
    """Keeps a picture of what the window shows, where TRAVELER_TEST_PICTURES says."""
    place = os.environ.get("TRAVELER_TEST_PICTURES")
    if place:
        os.makedirs(place, exist_ok=True)
        browser.picture(os.path.join(place, f"{name}.png"), full=False)


def setting(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is not set")
    return value


def sign_ins():
    """The passwords of the demo's users by their role, the first part of their address."""
    with open(setting("TRAVELER_TEST_SIGN_INS"), encoding="utf-8") as file:
        pairs = [line.split() for line in file if "@" in line]
    return {email.split("@")[0]: (email, password) for email, password in pairs}


class Sessions:
    """A tour by several people of the demo, one after the other."""

    def __init__(self, browser, org, sign_ins):
        self.browser, self.org, self.sign_ins = browser, org, sign_ins

    def api(self, method, path, body=None, expected=None):
        """Asks the API beside the page, in its session."""
        answer = self.browser.evaluate(f"""fetch({json.dumps(f"v1/{path}")}, {{
            method: {method!r}, headers: {{ "x-traveler-csrf": "1", "content-type": "application/json" }},
            body: {json.dumps(json.dumps(body)) if body is not None else "undefined"} }})
            .then(async (answer) => [answer.status, answer.status === 204 ? null : await answer.json()])""")
        expect(answer[0] == (expected or answer[0]) and answer[0] < 300, f"{method} {path}: {answer}")
        return answer[1]

    def sign_in(self, role):
        browser = self.browser
        email, password = self.sign_ins[role]
        if browser.evaluate("document.querySelector('.bar .quiet') !== null"):
            browser.click(".bar .quiet")
        browser.wait("document.querySelector('form.sign-in')", "the sign-in form")
        browser.go("#/")
        browser.type("#org", self.org)
        browser.type("#email", email)
        browser.type("#password", password)
        browser.press("Enter")
        browser.wait("document.querySelector('.bar .quiet')", f"the session of {role}")

    def tap(self, text, within="main"):
        """Taps the first thing to touch whose text begins so."""
        browser = self.browser
        browser.evaluate("document.querySelectorAll('[data-wanted]').forEach((each) => each.removeAttribute('data-wanted'))")
        browser.wait(f"""[...document.querySelector({within!r})?.querySelectorAll('button, a, label.choice') ?? []]
            .find((each) => each.checkVisibility() && each.innerText.trim().startsWith({json.dumps(text)}))?.setAttribute('data-wanted', '') ?? document.querySelector('[data-wanted]')""",
                     f"something to tap that says {text}")
        browser.click("[data-wanted]")

    def choose(self, selector, value):
        self.browser.evaluate(f"""(() => {{
            const select = document.querySelector({selector!r});
            select.value = {value!r};
            select.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()""")

    def enter(self, name, text, what="input", leave=True):
        """Types into a field, and leaves it, which saves it."""
        self.browser.type(f"[data-field='{self.field(name)}'] {what}", text)
        if leave:
            self.browser.press("Tab")

    def field(self, name):
        return self.browser.evaluate(f"{field_box(name)}.dataset.field")

    def field_state(self, name):
        return self.browser.evaluate(f"{field_box(name)}.dataset.save")

    def saved(self, name):
        self.browser.wait(f"{field_box(name)}?.dataset.save === 'done'", f"that {name} is saved")

    def say(self, words):
        """Writes into the dialog that asks why."""
        self.browser.wait("document.querySelector('dialog[open] textarea')", "the question why")
        self.browser.type("dialog textarea", words)

    def shown_everywhere(self, name, touched):
        """At every width and in both lights nothing is cut off, and what is touched is large enough for gloves."""
        browser = self.browser
        for width, height in ((390, 844), (820, 1180), (1440, 900), (2560, 1440)):
            for scheme in ("light", "dark"):
                browser.size(width, height, scheme)
                wider = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
                expect(wider <= 0, f"at {width} px the page is {wider} px too wide")
                picture(browser, f"{name}-{width}-{scheme}")
            small = browser.evaluate(f"""[...document.querySelectorAll({touched!r})]
                .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 47.5).map((each) => each.innerText)""")
            expect(not small, f"too small to touch at {width} px: {small}")
        browser.size(1280, 800)

    def no_strangers_no_complaints(self):
        browser = self.browser
        strangers = {each for each in browser.requests if not each.startswith((f"{browser.origin}/", "data:"))}
        expect(not strangers, f"requests to others: {strangers}")
        expect(not browser.complaints, f"complaints: {browser.complaints}")


def hours(number):
    """The moment so many hours from now, as the API takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600 * number))


def field_box(name):
    return f"[...document.querySelectorAll('.field-box')].find((each) => each.querySelector('h3').innerText.startsWith({name!r}))"


def play(kind):
    """Plays a tour, one test after the other in one browser: each stands on the one before it."""
    url = urlsplit(setting("TRAVELER_TEST_URL"))
    try:
        with Chromium(f"{url.scheme}://{url.netloc}") as browser:
            browser.size(1280, 800)
            tour = kind(browser, setting("TRAVELER_TEST_ORG"), sign_ins())
            for name in [each for each in vars(kind) if each.startswith("it_")]:
                said = name.replace("_", " ")
                try:
                    getattr(tour, name)()
                except Failure:
                    picture(browser, "failed")
                    print(f"not ok - {said}")
                    raise
                print(f"ok - {said}", flush=True)
    except Failure as failure:
        traceback.print_exc(limit=-1)
        sys.exit(f"{failure}")
