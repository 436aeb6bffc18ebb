"""What is planned, and what comes next: the queue of a work center.

The demo has its open runs planned around the day on which it is built; "Join the halves" waits for "Check both halves".
"""

import time

from tour import Sessions, expect, picture, play


class Schedule(Sessions):
    """Two trucks, planned by the planner and looked at by all. Each test stands on the one before it."""

    def __init__(self, browser, org, sign_ins):
        super().__init__(browser, org, sign_ins)
        self.name = f"P-{int(time.time() * 1000)}"
        self.runs = []

    # --- the queue ---

    def it_has_a_run_that_is_late_and_one_that_comes_later(self):
        browser = self.browser
        browser.open("/")
        self.sign_in("planner")
        procedure = next(each for each in self.api("GET", "procedures?limit=200&state=released")["items"] if each["title"] == "Assemble a truck")
        for number, (start, end) in enumerate(((-30, -20), (30, 50)), 1):
            run = self.api("POST", "runs", {"procedure_id": procedure["id"], "title": f"Truck {self.name}-{number}", "serial_numbers": [f"{self.name}-{number}"]})
            first = next(step for step in run["steps"] if step["title"] == "Check both halves")
            self.api("PUT", "schedule", {
                "runs": [{"id": run["id"], "scheduled_start": hours(start), "scheduled_end": hours(end), "due_at": hours(end + 4)}],
                "steps": [{"id": first["id"], "scheduled_start": hours(start), "scheduled_end": hours(start + 2)}]})
            self.runs.append(run)

    def it_shows_a_work_center_its_queue(self):
        browser = self.browser
        self.sign_in("technician")
        browser.wait("document.querySelector('#work-center option:nth-child(3)')", "the work centers")
        bench = browser.evaluate("[...document.querySelectorAll('#work-center option')].find((each) => each.innerText === 'Truck bench').value")
        self.choose("#work-center", bench)
        late, later = (f"Truck {self.name}-{number}" for number in (1, 2))
        browser.wait(f"{row('overdue', late)}", "the late run's first step among the overdue ones")
        expect("planned to end by" in browser.evaluate(f"{row('overdue', late)}.innerText"), "the reason why")
        expect("Available now" in browser.evaluate(f"{row('overdue', late)}.innerText"), "that it can be worked on")
        expect("planned to start by" in browser.evaluate(f"{row('next', later)}.innerText"), "when the other one starts")
        headings = browser.evaluate("[...document.querySelectorAll('.queue-classes h2')].filter((each) => each.checkVisibility()).map((each) => each.innerText.replace(/[^A-Za-z]/g, ''))")
        expect(headings == ["Overdue", "Now", "Next", "Blocked"], f"in the order of what is to be done: {headings}")
        expect(not browser.evaluate(f"{row('blocked', late)}.checkVisibility()"), "what is blocked is folded away")
        browser.click(".queue-group.is-blocked summary")
        browser.wait(f"{row('blocked', late)}.checkVisibility()", "what is blocked")
        expect("It waits for \"Check both halves\"" in browser.evaluate(f"{row('blocked', late)}.innerText"), "and what for")
        self.shown_everywhere("schedule-queue", ".queue-row, .queue summary, .queue select")

    def it_follows_what_others_do(self):
        browser = self.browser
        late = f"Truck {self.name}-1"
        order = "[...document.querySelectorAll('.queue-row')].map((each) => each.getAttribute('href')).join()"
        before = browser.evaluate(order)
        time.sleep(5)
        expect(browser.evaluate(order) == before, "the order stays while nothing happens")
        step = next(each for each in self.api("GET", f"runs/{self.runs[0]['id']}")["steps"] if each["title"] == "Check both halves")
        self.api("POST", f"steps/{step['id']}/start")
        browser.wait(f"{row('overdue', late)}?.innerText.includes('you, since')", "that I am on it, without asking", seconds=12)

    def it_takes_what_a_scanner_types_for_the_step_to_do_here(self):
        browser = self.browser
        for text in (f"{self.name}-2", str(self.runs[1]["number"])):
            browser.evaluate("document.activeElement.blur()")
            browser.keys(text)
            browser.press("Enter")
            browser.wait("document.querySelector('.work-head h1')?.innerText.includes('Check both halves')", f"the step of {text} at this bench")
            expect(f"{self.name}-2" in browser.text(".work-head"), "of the scanned unit's run")
            browser.go("#/work")
            browser.wait("document.querySelector('.queue-row.is-next')", "the queue again")
        browser.evaluate("document.activeElement.blur()")
        browser.keys("SB-0001")
        browser.press("Enter")
        browser.wait("location.hash.startsWith('#/units/')", "that what is not here is looked up everywhere")

    def it_asks_nobody_else_and_nothing_complains(self):
        self.no_strangers_no_complaints()

    # --- ways ---

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


def hours(number):
    """The moment so many hours from now, as the API takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600 * number))


def row(kind, text):
    return f"[...document.querySelectorAll('.queue-row.is-{kind}')].find((each) => each.innerText.includes({text!r}) || each.textContent.includes({text!r}))"


play(Schedule)
