"""What the tours of the page share: expectations, pictures, settings, and the playing of one."""

import os
import sys
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
