"""The floor's own work, from end to end: a truck is built by a technician and released by quality, with what goes wrong.

The run is the tour's own. What is asked of its steps stands in the demo's procedure "Assemble a truck".
"""

import time

from tour import Sessions, expect, field_box, picture, play


class Work(Sessions):
    """One truck, from its run's creation to its reopening. Each test stands on the one before it."""

    def __init__(self, browser, org, sign_ins):
        super().__init__(browser, org, sign_ins)
        self.serial = f"T-{int(time.time() * 1000)}"
        self.run = None

    # --- the tests ---

    def it_is_given_a_run(self):
        browser = self.browser
        browser.open("/")
        self.sign_in("planner")
        procedure = next(each for each in self.api("GET", "procedures?limit=200&state=released")["items"] if each["title"] == "Assemble a truck")
        self.run = self.api("POST", "runs", {"procedure_id": procedure["id"], "title": f"Truck {self.serial}", "serial_numbers": [self.serial]})
        steps = {step["title"]: step["id"] for step in self.run["steps"]}
        self.check, self.join, self.steer, self.release = map(
            steps.get, ("Check both halves", "Join the halves", "Check the steering", "Release"))

    def it_begins_with_my_work(self):
        browser = self.browser
        self.sign_in("technician")
        browser.wait("document.querySelector('.queue h1')?.innerText === 'My work'", "my work")
        browser.wait("document.querySelectorAll('.queue-row').length > 0", "what can be worked on")
        bench = browser.evaluate("[...document.querySelectorAll('#work-center option')].find((each) => each.innerText === 'Truck bench').value")
        self.choose("#work-center", bench)
        browser.wait(f"{by_text('.queue-row', self.serial)}", "the run's first step at its bench")
        browser.wait("[...document.querySelectorAll('.queue-row:not(.away *)')].filter((row) => row.checkVisibility()).every((row) => row.innerText.includes('Truck bench'))",
                     "only what is done at the bench")
        picture(browser, "work-queue")
        browser.go("#/runs")
        browser.wait("document.querySelector('.run-list')", "the runs")
        browser.go("#/work")
        browser.wait(f"document.querySelector('#work-center')?.value === {bench!r}", "that the device remembers its work center")

    def it_takes_what_a_scanner_types(self):
        browser = self.browser
        browser.go("#/runs")
        browser.wait("document.querySelector('.run-list')", "the runs, where a number means what it says")
        browser.evaluate("document.activeElement.blur()")
        browser.keys(self.serial)
        browser.press("Enter")
        browser.wait("location.hash.startsWith('#/units/')", "the unit of the serial number")
        browser.wait(f"document.querySelector('h1')?.innerText === 'SN {self.serial}'", "its serial number")
        self.tap("Open the run that builds it")
        browser.wait(f"document.querySelector('.run-head h1')?.innerText.includes({self.serial!r})", "the run that builds it")
        browser.keys("no such thing")
        browser.press("Enter")
        browser.wait("document.querySelector('main').innerText.includes('There is no run, serial, lot or part')", "that nothing is found")
        browser.keys(str(self.run["number"]))
        browser.press("Enter")
        browser.wait(f"location.hash === '#/runs/{self.run['id']}'", "the run of the number")
        browser.wait("document.querySelector('.to-work a')", "the way to work")

    def it_starts_a_step_once_however_often_it_is_tapped(self):
        browser = self.browser
        self.tap("Start work")
        self.at("Check both halves")
        picture(browser, "work-todo")
        posts = self.count("/start")
        browser.evaluate("for (let tap = 0; tap < 3; tap += 1) document.querySelector('[data-act=start]').click()")
        browser.wait("document.querySelector('.work-head .badge.is-in_progress')", "that it is in progress")
        expect(self.count("/start") == posts + 1, "one request")
        expect("Demo technician" in browser.text(".people"), "the technician is checked in")

    def it_saves_each_value_as_it_is_given(self):
        browser = self.browser
        expect("can't be signed off yet" in browser.text(".work-bar"), "why it can't be signed off")
        self.tap("Pass")
        self.saved("No cracks")
        for option in ("pivot", "baseplate"):
            self.tap(option)
            self.saved("Checked")
        self.tap("Sign off")
        browser.wait("document.querySelector('.work-bar')?.innerText.includes('Completed')", "that it is signed off")
        picture(browser, "work-done")
        browser.wait("document.querySelector('.work-bar a')?.innerText.includes('Join the halves')", "the way on")
        self.tap("Next: ")
        self.at("Join the halves")

    def it_says_at_once_what_is_no_number_and_what_is_out_of_range(self):
        browser = self.browser
        self.tap("Start")
        browser.wait("document.querySelector('.field-box input')", "the field")
        self.enter("Nut torque", "abc")
        browser.wait(f"{field_box('Nut torque')}.innerText.includes('is not a number')", "that it is no number")
        expect(self.field_state("Nut torque") == "fault", "and that it is not saved")
        self.enter("Nut torque", "9,5", leave=False)
        browser.wait(f"!{field_box('Nut torque')}.querySelector('.out').hidden", "the warning, while it is typed")
        expect("3.5 to 4.5 N·m" in browser.evaluate(f"{field_box('Nut torque')}.innerText"), "the range")
        expect(self.field_state("Nut torque") == "unsaved", "and that it is not saved yet")
        browser.press("Tab")
        self.saved("Nut torque")
        expect(self.step(self.join)["fields"][0]["value"] == "9.5", "the service has the decimal")
        picture(browser, "work-out-of-range")

    def it_is_refused_with_a_clear_sentence(self):
        browser = self.browser
        browser.wait("document.querySelector('.work-bar .why')?.innerText.includes('outside 3.5 to 4.5')", "why it can't be signed off")
        state = browser.evaluate("document.querySelector('[data-act=complete]').getAttribute('aria-disabled')")
        expect(state == "true", "signing off is shown, and not to be had")
        self.enter("Nut torque", "4.1")
        self.saved("Nut torque")
        browser.wait("!document.querySelector('[data-act=complete]').hasAttribute('aria-disabled')", "that it can be signed off now")

    def it_holds_with_a_reason_and_goes_on(self):
        browser = self.browser
        self.tap("Hold")
        browser.wait("document.querySelector('dialog[open]')", "the question why")
        self.tap("Hold", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault')?.innerText.includes('reason')", "that a reason is needed")
        picture(browser, "work-hold")
        self.tap("Waiting for material", within="dialog")
        browser.type("dialog textarea", "nuts are out")
        self.tap("Hold", within="dialog .buttons")
        browser.wait("document.querySelector('.work-head .badge.is-hold')", "that it is on hold")
        browser.wait("document.querySelector('.work-head').innerText.includes('Waiting for material: nuts are out')", "and why")
        picture(browser, "work-held")
        self.tap("Release from hold")
        browser.wait("document.querySelector('.work-head .badge.is-in_progress')", "that it goes on")
        browser.wait(f"{field_box('Nut torque')}.querySelector('input').value === '4.1'", "with what was entered")

    def it_keeps_what_is_typed_when_someone_else_changes_the_step(self):
        browser = self.browser
        self.enter("Nut torque", "4.2", leave=False)
        self.api("POST", f"steps/{self.join}/check-in", expected=201)
        browser.wait("document.querySelector('.people').innerText.includes('here since')", "the other change", seconds=12)
        expect(browser.evaluate("document.activeElement.value") == "4.2", "the typed text and the focus are where they were")
        self.api("POST", f"steps/{self.join}/hold", {"reason": "Elsewhere"})
        self.api("POST", f"steps/{self.join}/release")
        browser.press("Tab")
        browser.wait(f"{field_box('Nut torque')}.innerText.includes('Someone else changed this')", "that it was changed meanwhile")
        browser.wait(f"{field_box('Nut torque')}.innerText.includes('Demo technician changed')", "and by whom")
        expect(browser.evaluate(f"{field_box('Nut torque')}.querySelector('input').value") == "4.2", "the text is kept")
        picture(browser, "work-stale")
        self.tap("Save again")
        self.saved("Nut torque")

    def it_does_not_lose_what_the_network_does(self):
        browser = self.browser
        browser.offline(True)
        self.enter("Nut torque", "4.3")
        browser.wait(f"{field_box('Nut torque')}.innerText.includes('Trying again')", "that there is no answer yet")
        browser.offline(False)
        self.saved("Nut torque")
        expect(self.step(self.join)["fields"][0]["value"] == "4.3", "the service has it")
        browser.complaints = [each for each in browser.complaints if "ERR_INTERNET_DISCONNECTED" not in each and "412" not in each]
        self.tap("Sign off")
        browser.wait("document.querySelector('.work-bar')?.innerText.includes('Completed')", "that it is signed off")

    def it_installs_what_the_truck_is_made_of(self):
        browser = self.browser
        browser.go(f"#/runs/{self.run['id']}/parts")
        browser.wait("document.querySelector('#parts button')", "what is to be installed")
        browser.size(390, 844)
        while browser.evaluate("document.querySelectorAll('#parts button').length") > 0:
            left = browser.evaluate("document.querySelectorAll('#parts button').length")
            browser.click("#parts button")
            browser.wait("document.querySelector('dialog .choice')", "what is available")
            lot = browser.evaluate("document.querySelector('dialog .choice b').innerText.replace('Lot ', '')")
            browser.type("#install-scan", lot)
            browser.press("Tab")
            browser.wait("document.querySelector('dialog input[type=radio]').checked", "the scanned lot")
            picture(browser, "work-install")
            self.tap("Install", within="dialog .buttons")
            browser.wait(f"document.querySelectorAll('#parts button').length < {left}", "that it is installed")
        browser.wait("document.querySelector('#units .small')", "what is in the unit")
        self.tap("Take out", within="#units")
        browser.wait("document.querySelector('dialog[open]')", "the question why")
        browser.type("dialog textarea", "Wrong one")
        self.tap("Take out", within="dialog .buttons")
        browser.wait("document.querySelectorAll('#parts button').length === 1", "that it is to be installed again")
        browser.click("#parts button")
        browser.wait("document.querySelector('dialog input[type=radio]')", "what is available")
        browser.click("dialog input[type=radio]")
        self.tap("Install", within="dialog .buttons")
        browser.wait("document.querySelectorAll('#parts button').length === 0", "that everything is in")
        browser.size(1280, 800)

    def it_can_be_worked_by_keyboard_alone(self):
        browser = self.browser
        browser.go(f"#/steps/{self.steer}")
        self.at("Check the steering")
        self.reach("document.activeElement.dataset.act === 'start'", "Start")
        browser.press("Enter")
        browser.wait("document.querySelector('.field-box input')", "its fields")
        browser.evaluate("document.querySelector('h1').focus()")
        self.reach("document.activeElement.matches('.field-box input')", "the angle")
        browser.keys("25.5")
        browser.press("Enter")
        self.saved("Steering angle")
        self.reach("document.activeElement.type === 'radio'", "yes or no")
        browser.press(" ")
        self.saved("Returns to the middle")
        browser.wait("document.querySelector('[data-act=complete]:not([aria-disabled])')", "that it can be signed off")
        self.reach("document.activeElement.dataset.act === 'complete'", "Sign off")
        browser.press("Enter")
        browser.wait("document.activeElement.innerText.startsWith('Next: ')", "the way on, with the focus on it")
        browser.press("Enter")
        self.at("Release")

    def it_is_signed_by_whom_it_asks_for(self):
        browser = self.browser
        self.tap("Start")
        browser.wait("document.querySelectorAll('.sign button').length === 2", "the signatures")
        expect("signed by a holder of the role quality" in browser.evaluate(f"{field_box('Released')}.innerText"), "who signs the second")
        browser.click(f"[data-field='{self.field('Assembled as instructed')}'] .sign button")
        self.saved("Assembled as instructed")
        picture(browser, "work-signatures")
        self.sign_in("quality")
        browser.go(f"#/steps/{self.release}")
        self.at("Release")
        browser.wait("document.querySelector('.sign button')", "the signatures")
        browser.click(f"[data-field='{self.field('Released')}'] .sign button")
        self.saved("Released")

    def it_completes_the_run_with_the_last_sign_off(self):
        browser = self.browser
        browser.wait("document.querySelector('[data-act=complete]:not([aria-disabled])')", "that it can be signed off")
        self.tap("Sign off")
        browser.wait("document.querySelector('.outcome').innerText.includes('is complete')", "that the run is complete")
        picture(browser, "work-complete")
        self.tap("Its as-built record is fixed.")
        browser.wait("document.querySelector('.run-head .badge.is-complete')", "the complete run")
        reopen = browser.evaluate("document.querySelector('[data-act=reopen]').parentElement.innerText")
        expect("run.reopen" in reopen, "who may not reopen it is told what that needs")

    def it_is_reopened_with_a_reason(self):
        browser = self.browser
        self.sign_in("admin")
        browser.go(f"#/runs/{self.run['id']}")
        browser.wait("document.querySelector('[data-act=reopen]:not([aria-disabled])')", "that it can be reopened")
        self.tap("Reopen the run")
        browser.wait("document.querySelector('dialog[open]')", "the question why")
        browser.type("dialog textarea", "Found a burr")
        self.tap("Reopen", within="dialog .buttons")
        browser.wait("document.querySelector('.run-head .badge.is-in_progress')", "the reopened run")
        picture(browser, "work-reopened")
        self.tap("Complete the run")
        browser.wait("document.querySelector('dialog[open]')", "what completing does")
        self.tap("Complete the run", within="dialog .buttons")
        browser.wait("document.querySelector('.run-head .badge.is-complete')", "the completed run")
        browser.wait("document.querySelectorAll('#records .digest').length === 2", "both records")

    def it_shows_a_viewer_what_is_not_theirs(self):
        browser = self.browser
        self.sign_in("viewer")
        browser.wait("document.querySelector('.run-list')", "the runs come first")
        browser.go(f"#/steps/{self.ready_step()}")
        browser.wait("document.querySelector('[data-act=start]')", "the acts")
        expect("This needs the permission run_step.update." in browser.text(".work-bar"), "what starting needs")
        picture(browser, "work-viewer")

    def it_can_be_read_and_touched_at_every_width(self):
        browser = self.browser
        for width, height in ((390, 844), (768, 1024), (1280, 800)):
            for scheme in ("light", "dark"):
                browser.size(width, height, scheme)
                wider = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
                expect(wider <= 0, f"at {width} px the page is {wider} px too wide")
                picture(browser, f"work-{width}-{scheme}")
        small = browser.evaluate("""[...document.querySelectorAll('button, .button, .choice, summary, nav a, .queue-row')]
            .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 47.5).map((each) => each.innerText)""")
        expect(not small, f"too small to touch: {small}")

    def it_asks_nobody_else_and_nothing_complains(self):
        self.no_strangers_no_complaints()

    # --- ways ---

    def at(self, title):
        self.browser.wait(f"document.querySelector('.work-head h1')?.innerText.includes({title!r})", f"the step {title}")

    def step(self, step):
        return self.api("GET", f"steps/{step}")

    def ready_step(self):
        return self.api("GET", "steps?state=todo&available=true&limit=1")["items"][0]["id"]

    def count(self, ending):
        self.browser.evaluate("0")
        return sum(each.endswith(ending) for each in self.browser.requests)

    def reach(self, condition, what):
        """Presses Tab until the focus is where it is wanted."""
        for _ in range(60):
            if self.browser.evaluate(condition):
                return
            self.browser.press("Tab")
        expect(False, f"{what} can be reached by Tab")


def by_text(selector, text):
    return f"[...document.querySelectorAll({selector!r})].find((each) => each.innerText.includes({text!r}))"


play(Work)
