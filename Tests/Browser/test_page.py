"""The page from end to end, in a real browser against a running service that holds the demo's org.

What is expected stands in the demo's published product: a skateboard of 1 board, 2 trucks and 4 wheel assemblies, whose
14 nuts come from three places at two levels. Every picture of the tour is kept where TRAVELER_TEST_PICTURES says.
"""

import time

from tour import expect, picture, play

COMPLETE = "Skateboard SB-0001"
BLOCKED = "Skateboard SB-0004"
HALFWAY = "Skateboard SB-0002"

TOTALS = {
    "SK1001-01": 4, "SK1002-01": 1, "SK1003-01": 2, "SK1004-01": 2, "SK1005-01": 8, "SK1006-01": 8, "SK1007-01": 14,
}


class Tour:
    """One session of the page. Each test stands on the one before it, as a person's way through the page does."""

    def __init__(self, browser, org, sign_ins):
        self.browser, self.org = browser, org
        self.email, self.password = sign_ins["viewer"]
        browser.size(1024, 1366)

    def it_refuses_a_wrong_password_and_says_so(self):
        browser = self.browser
        browser.open("/")
        browser.wait("document.querySelector('form.sign-in')", "the sign-in form")
        expect(not browser.complaints, f"complaints before sign-in: {browser.complaints}")
        browser.type("#org", self.org)
        browser.type("#email", self.email)
        browser.type("#password", f"not {self.password}")
        browser.press("Enter")
        browser.wait("document.querySelector('[role=alert] h2')", "the refusal")
        # The browser itself notes each answer of 400 and above; this one was asked for.
        expect([each for each in browser.complaints if "401" not in each] == [], f"complaints: {browser.complaints}")
        browser.complaints.clear()

    def it_signs_in_and_lists_the_runs(self):
        browser = self.browser
        browser.type("#password", self.password)
        browser.press("Enter")
        browser.wait(f"{row(COMPLETE)} && {row(BLOCKED)}", "the list of runs")
        expect("Complete" in self.row_text(COMPLETE), f"{COMPLETE} is complete")
        expect("In progress" in self.row_text(BLOCKED), f"{BLOCKED} is in progress")

    def it_filters_the_runs_by_status_and_finds_one_by_number(self):
        browser = self.browser
        number = self.row_text(COMPLETE).split()[0]
        browser.click(".chips a[href='#/runs?status=todo']")
        browser.wait(f"document.title.startsWith('Runs: to do') && {ROWS}.length > 0", "the runs to do")
        expect(browser.evaluate(f"{ROWS}.every((row) => row.innerText.includes('To do'))"), "only runs to do")
        browser.go("#/runs")
        browser.wait(row(COMPLETE), "all runs")
        for search, what in ((COMPLETE.lower(), "the runs of that title"), (number, "the run of that number")):
            browser.evaluate("void (document.querySelector('.run-list').dataset.old = '')")
            browser.type("#search", search)
            browser.press("Enter")
            browser.wait(f"!document.querySelector('[data-old]') && {row(COMPLETE)} && !{row(BLOCKED)}", what)
        browser.evaluate(f"{row(COMPLETE)}.querySelector('a').setAttribute('data-wanted', '')")

    def it_shows_the_completed_run(self):
        browser = self.browser
        browser.click("a[data-wanted]")
        browser.wait("document.querySelector('.run-head h1')?.innerText.includes('" + COMPLETE + "')", "the run")
        expect("Complete" in browser.text(".run-head .badge"), "its status")
        steps = browser.evaluate("[...document.querySelectorAll('#steps .step')].map((step) => step.innerText)")
        expect(len(steps) == 8, f"8 steps, not {len(steps)}")
        expect(all("Completed" in step for step in steps), "every step is completed")
        order = browser.evaluate("[...document.querySelectorAll('#steps .step .number')].map((each) => each.innerText)")
        expect(order == ["1", "2", "2.1", "2.2", "2.3", "3", "4", "5"], f"the steps in display order, nested: {order}")
        expect("Completion was recorded" in browser.text("#blockers"), "that nothing blocks it")
        expect("14" not in browser.text("#parts") and browser.text("#parts").count("Met") == 5, "every requirement is met")

    def it_shows_what_was_entered_in_a_step(self):
        browser = self.browser
        browser.click("#steps .steps .steps .step summary")
        browser.wait("document.querySelector('#steps .detail table')", "the step's fields")
        expect("Baseplate lies flat" in browser.text("#steps details[open] .detail"), "the field")
        expect("Pass" in browser.text("#steps details[open] .detail"), "its value")

    def it_shows_the_as_built_tree_with_the_published_totals(self):
        browser = self.browser
        browser.wait("document.querySelector('#units .tree')", "the tree")
        level = "document.querySelectorAll('#units .tree > li > ul > li')"
        expect(browser.evaluate(f"{level}.length") == 9, "9 rows installed in the board itself")
        expect(browser.evaluate(f"[...{level}].filter((each) => each.querySelector('ul')).length") == 6, "6 are assemblies")
        browser.click("#units .totals summary")
        for part, total in TOTALS.items():
            shown = browser.evaluate(f"""[...document.querySelectorAll('#units .totals tbody tr')]
                .find((each) => each.innerText.includes('{part}'))?.querySelector('td').innerText""")
            expect(shown == str(total), f"{total} of {part}, not {shown}")

    def it_proves_the_as_built_record_in_the_browser(self):
        browser = self.browser
        expect(browser.evaluate("/^[0-9a-f]{64}$/.test(document.querySelector('#records .digest').innerText)"), "a digest")
        # Only a secure context (localhost is one) can take a digest.
        if browser.evaluate("isSecureContext"):
            browser.click("#records button")
            browser.wait("document.querySelector('#records .badge.is-complete')", "the document has the digest")

    def it_compares_a_unit_with_what_was_to_be_built(self):
        browser = self.browser
        run = browser.evaluate("location.hash")
        browser.evaluate("document.activeElement.blur()")
        browser.keys("SB-0001")
        browser.press("Enter")
        browser.wait("location.hash.startsWith('#/units/') && document.querySelector('main .tree')", "what is in the unit")
        browser.click("main details.unit > summary")
        browser.wait("document.querySelector('main details.unit').innerText.includes('Nothing differs, in 7 assemblies.')", "that nothing differs")
        picture(browser, "unit")
        browser.go(run)
        browser.wait("document.querySelector('#records .digest')", "the run")

    def it_shows_the_history_newest_first_and_loads_older_changes(self):
        browser = self.browser
        browser.go(browser.evaluate("document.querySelector(\".index a[href$='/history']\").hash"))
        browser.wait("document.querySelector('#history .transaction')", "the history")
        sequence = "[...document.querySelectorAll('#history .seq')].map((each) => Number(each.innerText || each.textContent))"
        while browser.evaluate("document.querySelector('#history .more button') !== null"):
            before = browser.evaluate(f"{sequence}.length")
            browser.click("#history .more button")
            browser.wait(f"{sequence}.length > {before}", "older changes")
        shown = browser.evaluate(sequence)
        expect(shown == list(range(len(shown), 0, -1)), f"every entry from the newest to the first: {shown[:5]} ... {shown[-5:]}")
        browser.evaluate("""for (const each of document.querySelectorAll('#history .transaction:first-child details')) {
            each.open = true;
        }""")
        expect("Before" in browser.text("#history .transaction li details[open] .detail"), "what was before and after")

    def it_says_what_blocks_a_completion_and_what_would_clear_it(self):
        browser = self.browser
        self.open_run(BLOCKED)
        browser.wait("document.querySelector('#blockers li')", "the blockers")
        expect("SK1007-01: 3 of 4" in browser.text("#blockers"), "the missing nut")
        expect("Install 1 more" in browser.text("#blockers"), "what would clear it")
        expect("Missing" in browser.text("#parts"), "the requirement that is not met")

    def it_says_what_can_be_worked_on_and_what_a_step_waits_for(self):
        browser = self.browser
        self.open_run(HALFWAY)
        expect("available now" in browser.text("#steps .now"), "what can be worked on")
        expect("Waits for" in browser.text("#steps .waits:not(:empty)"), "what a step waits for")
        browser.click("#steps .waits:not(:empty) a")
        browser.wait("document.activeElement.id.startsWith('step-')", "the step that it waits for")

    def it_follows_the_run_while_it_is_in_view(self):
        browser = self.browser
        asked = sum("/v1/runs/" in each for each in browser.requests)
        browser.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        deadline = time.monotonic() + 10
        while sum("/v1/runs/" in each for each in browser.requests) == asked:
            expect(time.monotonic() < deadline, "it asks again when it comes into view")
            browser.evaluate("0")
            time.sleep(0.05)

    def it_holds_at_every_width_in_light_and_dark(self):
        browser = self.browser
        for width in (390, 768, 1024, 1440):
            for scheme in ("light", "dark"):
                browser.size(width, 1000, scheme)
                wider = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
                expect(wider <= 0, f"at {width} px the page is {wider} px too wide")
                picture(browser, f"run-{width}-{scheme}")
        small = browser.evaluate("""[...document.querySelectorAll('main button, main summary, main .chip, main .index a')]
            .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44).map((each) => each.innerText)""")
        expect(not small, f"too small to touch: {small}")

    def it_can_be_used_by_keyboard_alone(self):
        browser = self.browser
        browser.go("#/runs")
        browser.wait(row(COMPLETE), "the list")
        for _ in range(40):
            browser.press("Tab")
            if browser.evaluate("document.activeElement.closest('tbody') !== null"):
                break
        title = browser.evaluate("document.activeElement.closest('tr')?.querySelector('.title').innerText")
        expect(title, "the list can be reached by Tab")
        browser.press("Enter")
        browser.wait(f"document.querySelector('.run-head h1')?.innerText.includes({title!r})", "the run")
        browser.wait("!document.querySelector('.busy') && !document.querySelector('.run').innerText.includes('…')", "all of it")

    def it_signs_out(self):
        browser = self.browser
        browser.click("#bar button")
        browser.wait("document.querySelector('form.sign-in')", "the sign-in form")
        expect(browser.evaluate("fetch('v1/me').then((answer) => answer.status)") == 401, "the session has ended")
        browser.complaints = [each for each in browser.complaints if not ("401" in each and "/v1/me" in each)]

    def it_asks_nobody_else_and_nothing_complains(self):
        browser = self.browser
        strangers = {each for each in browser.requests if not each.startswith((f"{browser.origin}/", "data:"))}
        expect(not strangers, f"requests to others: {strangers}")
        expect(not browser.complaints, f"complaints: {browser.complaints}")

    # --- ways ---

    def row_text(self, title):
        return self.browser.evaluate(f"{row(title)}.innerText")

    def open_run(self, title):
        browser = self.browser
        browser.go("#/runs")
        browser.wait(row(title), f"{title} in the list")
        browser.evaluate(f"{row(title)}.querySelector('a').click()")
        browser.wait("document.querySelector('.run-head h1')?.innerText.includes('" + title + "')", title)


ROWS = "[...document.querySelectorAll('.run-list tbody tr')]"


def row(title):
    return f"{ROWS}.find((row) => row.innerText.includes('{title}'))"


play(Tour)
