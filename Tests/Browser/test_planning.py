"""What plans are made from and what they come to: planning again, what is added up, work centers and their calendars.

Two trucks are made and planned here, at a work center of their own; "Join the halves" waits for "Check both halves".
"""

import time

from tour import Sessions, expect, hours, picture, play


class Planning(Sessions):
    """A planner plans again what is late, while others work on. Each test stands on the one before it."""

    def __init__(self, browser, org, sign_ins):
        super().__init__(browser, org, sign_ins)
        self.name = f"R-{int(time.time() * 1000)}"
        self.runs = []
        self.many = []
        self.bench = self.batch = self.calendar = None

    # --- planning again ---

    def it_has_a_run_that_is_behind_and_one_that_is_not(self):
        browser = self.browser
        browser.open("/")
        self.sign_in("planner")
        self.bench = self.api("POST", "locations", {"name": f"Bench {self.name}", "work_center": True})
        self.sign_in("engineer")
        part = self.api("POST", "parts", {"part_number": self.name, "name": "Truck", "tracking": "serial"})
        steps = [{"key": key, "title": title, "location_id": self.bench["id"], "lead_time_seconds": 7200, **({"after": [after]} if after else {})}
                 for key, title, after in (("a", "Check both halves", None), ("b", "Join the halves", "a"), ("c", "Test it", "b"))]
        procedure = self.api("POST", "procedures", {"title": f"Truck {self.name}", "part_id": part["id"], "steps": steps})
        self.api("POST", f"procedures/{procedure['id']}/release")
        self.sign_in("planner")
        for number, start in enumerate((-6, 30), 1):
            run = self.api("POST", "runs", {"procedure_id": procedure["id"], "title": f"Truck {self.name}-{number}", "serial_numbers": [f"{self.name}-{number}"]})
            self.api("PUT", "schedule", {
                "runs": [{"id": run["id"], "due_at": hours(start + 7)}],
                "steps": [{"id": step["id"], "scheduled_start": hours(start + 2 * place), "scheduled_end": hours(start + 2 * place + 2)} for place, step in enumerate(run["steps"])]})
            self.runs.append(run)

    def it_finds_what_is_late_from_the_timeline(self):
        browser = self.browser
        self.tap("Timeline", within=".bar nav")
        self.tap("Re-plan what is late")
        browser.wait("document.querySelector('.replan-run')", "what would move")
        text = browser.text("main")
        expect(f"Truck {self.name}-1" in text, f"the run that is behind: {text[:2000]}")
        browser.click(".replan-runs summary")
        choices = browser.text(".replan-runs")
        expect(f"Truck {self.name}-1" in choices and f"Truck {self.name}-2" not in choices, f"that one, and not the other: {choices}")
        self.shown_everywhere("planning-replan", ".plan-asks button, .plan-asks .choice, .replan-run button, .replan-run a, .replan-runs summary")

    def it_says_what_moves_from_when_to_when_and_why(self):
        browser = self.browser
        browser.go(self.both())
        browser.wait("document.querySelectorAll('.moves li').length === 3", "the three steps that are late")
        first, second = (browser.evaluate(f"document.querySelectorAll('.moves li')[{index}].innerText") for index in (0, 1))
        expect("Check both halves" in first and "later" in first and "As early as the plan allows" in first, f"the first: {first}")
        expect("It waits for “Check both halves”" in second, f"the second waits for it: {second}")
        expect("Would end" in browser.text(".replan-run") and "after it is due" in browser.text(".replan-run"), "that it misses its due date")
        expect("3 steps stay where they are" in browser.text(".plan-summary"), "the other run's stay")
        expect(browser.text(".plan-asks .primary") == "Move 3 steps", "what the button does")
        before = self.times(0)
        expect(before == self.times(0), "nothing is written by looking")

    def it_moves_nothing_that_was_not_looked_at(self):
        browser = self.browser
        before = self.times(1)
        step = self.step(0, "Check both halves")
        # Someone else plans a step meanwhile, for tomorrow.
        self.api("PUT", "schedule", {"steps": [{"id": step, "scheduled_start": hours(20), "scheduled_end": hours(22)}]})
        mine = self.times(0)
        browser.click(".plan-asks .primary")
        browser.wait("document.querySelector('.fine-state.is-hold')?.innerText.includes('Nothing was changed')", "that it was looked at too long ago")
        expect(self.times(0) == mine and self.times(1) == before, "nothing is moved, and nothing half")
        browser.wait("document.querySelectorAll('.moves li').length === 2", "what would move now")
        picture(browser, "planning-stale")
        browser.click(".plan-asks .primary")
        browser.wait("document.querySelector('.fine-state.is-complete')?.innerText.includes('2 steps are moved')", "that it is moved now")
        now = self.times(0)
        expect(now["Check both halves"] == mine["Check both halves"], "what the other planned stays")
        expect(now["Join the halves"][0] >= now["Check both halves"][1] and now["Test it"][0] >= now["Join the halves"][1], f"one after the other: {now}")
        browser.wait("document.querySelector('.plan-asks .primary').disabled", "nothing is left to move")
        expect(browser.text(".plan-asks .primary") == "Nothing to move", "and that is said")

    def it_applies_a_change_that_changes_nothing(self):
        browser = self.browser
        self.api("PUT", "schedule", {"steps": [{"id": self.step(0, "Check both halves"), "scheduled_start": hours(-2), "scheduled_end": hours(0)}]})
        browser.go("#/timeline")
        browser.go(self.both())
        browser.wait("document.querySelectorAll('.moves li').length === 1", "the step that is late again")
        # What is due is part of what a plan is made from; here it moves no step.
        self.api("PUT", "schedule", {"runs": [{"id": self.runs[1]["id"], "due_at": hours(38)}]})
        browser.click(".plan-asks .primary")
        browser.wait("document.querySelector('.fine-state.is-complete')?.innerText.includes('1 step is moved')", "the same plan is applied")

    def it_leaves_runs_out_and_moves_to_earlier_times(self):
        browser = self.browser
        browser.click("#replan-earlier")
        browser.wait("document.querySelector('.plan-asks .primary').innerText.startsWith('Move')", "what would move to earlier times")
        earlier = browser.evaluate("document.querySelectorAll('.moves li').length")
        browser.click(".replan-runs summary")
        browser.click(f"[data-run='{self.runs[1]['id']}']")
        browser.wait(f"document.querySelectorAll('.moves li').length < {earlier}", "without the run that is left out")
        expect("1 of 2 runs" in browser.text(".replan-runs summary"), "how many are planned again")

    def it_says_what_cannot_be_planned_and_why(self):
        browser = self.browser
        run = self.api("POST", "runs", {"procedure_id": self.runs[0]["procedure"]["id"], "title": f"Truck {self.name}-3", "serial_numbers": [f"{self.name}-3"]})
        self.sign_in("admin")
        self.api("POST", f"runs/{run['id']}/cancel", {"reason": "Not needed"})
        self.sign_in("planner")
        browser.go("#/timeline")
        browser.go(f"#/replan?run={self.runs[0]['id']}&run={run['id']}")
        browser.wait("document.querySelector('.replan-unplanned')?.innerText.includes('has nothing left to plan')", "what can't be planned")
        self.sign_in("viewer")
        browser.go(f"#/replan?run={self.runs[0]['id']}")
        browser.wait("document.querySelector('.plan-summary')", "that a viewer may look")
        expect("run.schedule" in browser.text(".plan-asks"), "and is told what moving needs")

    def it_leaves_out_what_no_plan_can_be_made_for(self):
        browser = self.browser
        self.sign_in("engineer")
        calendar = self.api("POST", "work-calendars", {"name": f"A minute {self.name}", "time_zone": "UTC", "shifts": [{"weekday": 1, "start": "08:00", "end": "08:01"}]})
        bench = self.api("POST", "locations", {"name": f"Minute {self.name}", "work_center": True})
        self.api("PATCH", f"locations/{bench['id']}", {"work_calendar_id": calendar["id"]})
        part = self.runs[0]["part"]["id"]
        procedure = self.api("POST", "procedures", {"title": f"Age {self.name}", "part_id": part, "steps": [{"title": "Age", "location_id": bench["id"], "lead_time_seconds": 8_000_000}]})
        self.api("POST", f"procedures/{procedure['id']}/release")
        aged = self.api("POST", "runs", {"procedure_id": procedure["id"], "serial_numbers": [f"{self.name}-A"]})
        self.sign_in("planner")
        browser.go(f"#/replan?run={self.runs[1]['id']}&run={aged['id']}")
        browser.wait("document.querySelector('.replan-unplanned')?.innerText.includes('is left out')", "the run that keeps the other from being planned")
        expect("more than a hundred years" in browser.text(".replan-unplanned") and "Give the calendar more hours" in browser.text(".replan-unplanned"), "why, and what would clear it")
        browser.wait("document.querySelector('.plan-summary')", "the plan of the other one")

    # --- added up ---

    def it_adds_up_a_batch_where_it_is_looked_at(self):
        browser = self.browser
        self.sign_in("planner")
        self.batch = self.api("POST", "batches", {"run_ids": [run["id"] for run in self.runs], "title": f"Trucks {self.name}"})["id"]
        browser.go(f"#/batches/{self.batch}")
        browser.wait("document.querySelector('.rollup')?.innerText.includes('derived')", "when it is planned, and that this follows")
        expect("from the steps of this run" in browser.text(".rollup"), "of what it follows")
        expect("0 of 2 runs done" in browser.text(".rollup"), "how far it is")
        self.api("PUT", "schedule", {"runs": [{"id": self.runs[1]["id"], "scheduled_end": hours(99)}]})
        browser.wait("document.querySelector('.rollup .is-said')?.innerText === 'set'", "that somebody said its end", seconds=12)
        self.tap("Work it out", within=".rollup")
        browser.wait("document.querySelector('.projection')?.innerText.includes('2 runs planned again')", "when it would end")
        self.tap("Re-plan", within=".projection")
        browser.wait("document.querySelector('.plan-summary')", "its runs, planned again")

    def it_adds_up_every_level(self):
        browser = self.browser
        browser.go("#/timeline")
        self.tap("Added up")
        browser.wait(f"document.querySelector('.rollups')?.innerText.includes('Trucks {self.name}')", "the batch")
        self.shown_everywhere("planning-rollups", ".rollups a, .rollups button, .chip")
        self.tap("Work centers", within=".chips")
        self.show_all(f"Bench {self.name}")
        part = browser.evaluate(f"[...document.querySelectorAll('.rollup-part')].find((each) => each.innerText.includes('Bench {self.name}')).innerText")
        expect("Open steps" in part and "6" in part, f"the six steps at the bench: {part}")
        self.tap("Assemblies", within=".chips")
        browser.wait("document.querySelector('.rollup, .more .empty')", "the assemblies, or that there are none")
        self.tap("The org", within=".chips")
        browser.wait("document.querySelector('.rollup')?.innerText.includes('runs done')", "the org")
        browser.go(f"#/rollups?level=assembly&id={self.runs[0]['id']}")
        browser.wait("document.querySelector('.rollup')?.innerText.includes('0 of 1 run done')", "a run with all that it waits for, which is nothing")

    # --- work centers ---

    def it_shows_a_work_center_and_says_what_a_change_means(self):
        browser = self.browser
        browser.go("#/timeline")
        self.tap("Work centers")
        browser.wait(f"[...document.querySelectorAll('.queue-row')].some((each) => each.innerText.includes('Bench {self.name}'))", "the work center in its list")
        browser.go(f"#/centers/{self.bench['id']}")
        browser.wait("document.querySelector('.center-form') && document.querySelector('.rollup')", "the work center")
        expect("All hours of all days" in browser.text(".hours"), "that it works around the clock")
        browser.type("#center-capacity", "none")
        browser.press("Enter")
        browser.wait("document.querySelector('#center-capacity-fault').innerText.includes('1 to 10,000')", "that this is no number, at the field")
        expect(browser.evaluate("document.activeElement.id") == "center-capacity", "with the focus where it is to be mended")
        browser.type("#center-capacity", "1")
        browser.press("Enter")
        browser.wait("document.querySelector('.after-save')?.innerText.includes(\"Plans don't move by themselves\")", "that it is saved, and what that means")
        expect(self.api("GET", f"locations/{self.bench['id']}")["capacity"] == 1, "that it is so")
        self.shown_everywhere("planning-center", ".center-form button, .center-form input, .center-form select, .center-form a, .plan-head .button")
        self.tap("See what would move")
        browser.wait("location.hash.startsWith('#/replan?run=') && document.querySelector('.plan-summary')", "the runs there, planned again")

    def it_makes_a_calendar_and_says_at_each_field_what_cannot_be(self):
        browser = self.browser
        browser.go(f"#/centers/{self.bench['id']}")
        self.tap("New calendar for it")
        browser.wait("document.querySelectorAll('.shifts li').length === 5", "a week to begin with")
        self.tap("Make this calendar")
        browser.wait("document.querySelector('#calendar-name-fault').innerText === 'Give it a name.'", "that it needs a name")
        browser.type("#calendar-name", f"Day {self.name}")
        browser.type("#calendar-time_zone", "Mars/Olympus")
        self.tap("Make this calendar")
        browser.wait("document.querySelector('#calendar-time_zone-fault').innerText.includes('There is no time zone')", "that there is no such zone, at the field")
        browser.type("#calendar-time_zone", "Asia/Kolkata")
        for _ in range(5):
            browser.click(".shifts li button")
        self.tap("Make this calendar")
        browser.wait("document.querySelector('.week-fields > .fault').innerText.includes('Nobody would ever work')", "that it needs an hour, at the shifts")
        self.tap("Add a shift")
        self.time(".shifts li:nth-child(1) input:nth-of-type(1)", "22:00")
        self.time(".shifts li:nth-child(1) input:nth-of-type(2)", "06:00")
        expect("ends on Tuesday" in browser.text(".shifts li"), "that a shift that ends before it starts ends on the next day")
        self.tap("Same until Friday")
        expect(browser.evaluate("document.querySelectorAll('.shifts li').length") == 5, "the same on five days")
        browser.evaluate("document.querySelector('#holidays-date').value = '2031-12-25'")
        browser.evaluate("document.querySelector('#holidays-date').focus()")
        browser.press("Enter")
        browser.wait("document.querySelector('.dates')?.innerText.includes('2031')", "a holiday, by the keyboard")
        self.shown_everywhere("planning-calendar", ".calendar-form button, .calendar-form input, .calendar-form select")
        self.tap("Make this calendar")
        browser.wait(f"location.hash === '#/centers/{self.bench['id']}' && document.querySelector('.week')", "the work center with its calendar")
        expect("22:00–06:00 on the next day" in browser.text(".week") and "closed" in browser.text(".week"), f"its hours: {browser.text('.week')}")
        self.calendar = self.api("GET", f"locations/{self.bench['id']}")["work_calendar_id"]
        made = self.api("GET", f"work-calendars/{self.calendar}")
        expect(made["time_zone"] == "Asia/Kolkata" and made["holidays"] == ["2031-12-25"] and len(made["shifts"]) == 5, f"as it was typed: {made}")

    def it_does_not_lay_one_change_over_another(self):
        browser = self.browser
        self.tap("Look at this calendar")
        browser.wait("document.querySelectorAll('.shifts li').length === 5", "the calendar")
        self.api("PATCH", f"work-calendars/{self.calendar}", {"holidays": []})
        browser.click(".shifts li button")
        self.tap("Save")
        browser.wait("document.querySelector('.problem')?.innerText.includes('Someone else changed this')", "that another one was quicker")
        expect(browser.evaluate("document.querySelectorAll('.shifts li').length") == 4, "what was typed is kept")
        self.tap("Show how it is now")
        browser.wait("document.querySelectorAll('.shifts li').length === 5 && document.querySelector('.dates').innerText.includes('None')", "how it is now")
        browser.click(".shifts li button")
        self.tap("Save")
        browser.wait("document.querySelector('.after-save')", "that it is saved")
        expect(len(self.api("GET", f"work-calendars/{self.calendar}")["shifts"]) == 4, "as it was changed")

    def it_says_who_may_change_them(self):
        browser = self.browser
        self.sign_in("viewer")
        browser.go(f"#/calendars/{self.calendar}")
        browser.wait("document.querySelectorAll('.shifts li').length === 4", "that a viewer may look")
        expect("location.edit" in browser.text(".calendar-form .why"), "and is told what changing needs")
        expect(browser.evaluate("document.querySelectorAll('.shifts button').length") == 0, "and has no field to change")

    # --- nothing is cut off unsaid ---

    def it_goes_on_with_a_queue_of_hundreds(self):
        browser = self.browser
        self.sign_in("planner")
        procedure = self.runs[0]["procedure"]["id"]
        self.many = self.api("POST", "batches", {"procedure_id": procedure, "runs": [{"title": f"Many {self.name} {number}", "serial_numbers": [f"{self.name}-M{number}"]} for number in range(101)], "title": f"Many {self.name}"})["runs"]
        browser.go(f"#/work?location_id={self.bench['id']}")
        rows = "document.querySelectorAll('.queue-row').length"
        browser.wait(f"{rows} === 100 && document.querySelector('.queue-classes .more')?.innerText.includes('The first 100 steps')", "a hundred steps, and that there are more")
        self.tap("Show 100 more steps")
        browser.wait(f"{rows} === 200", "a hundred more")
        self.tap("Show 100 more steps")
        browser.wait(f"{rows} === 300", "and again")
        self.tap("Show 100 more steps")
        browser.wait(f"{rows} > 300 && !document.querySelector('.queue-classes .more button')", "all of them")

    def it_says_how_many_runs_can_be_planned_together(self):
        browser = self.browser
        browser.go("#/plan?" + "&".join(f"run={run['run_id']}" for run in self.many))
        browser.wait("document.querySelector('.plan-cut')?.innerText.includes('You chose 101 runs')", "that a hundred can be planned together")
        browser.wait("document.querySelectorAll('.plan-chart .chart-row').length === 100", "the plan of these", seconds=40)
        self.tap("Plan the other 1")
        browser.wait("document.querySelectorAll('.plan-chart .chart-row').length === 1 && !document.querySelector('.plan-cut')", "the plan of the other one")
        browser.go("#/replan?" + "&".join(f"run={run['run_id']}" for run in self.many))
        browser.wait("document.querySelectorAll('.replan-run').length === 101", "all of them, planned again at once", seconds=40)

    def it_asks_nobody_else_and_nothing_complains(self):
        # The browser tells of each refusal: of the stale plan and calendar, and of the zone that there is none of.
        self.browser.complaints = [each for each in self.browser.complaints if not any(status in each for status in ("409", "412", "422"))]
        self.no_strangers_no_complaints()

    # --- ways ---

    def both(self):
        return "#/replan?" + "&".join(f"run={run['id']}" for run in self.runs)

    def step(self, run, title):
        return next(step["id"] for step in self.runs[run]["steps"] if step["title"] == title)

    def times(self, run):
        return {step["title"]: (step["scheduled_start"], step["scheduled_end"]) for step in self.api("GET", f"runs/{self.runs[run]['id']}")["steps"]}

    def time(self, selector, value):
        """Gives a time input its value, as its picker does."""
        self.browser.evaluate(f"""(() => {{
            const input = document.querySelector({selector!r});
            input.value = {value!r};
            input.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})()""")

    def show_all(self, text):
        """Asks for more of a list until it shows the text."""
        self.browser.wait("document.querySelector('.rollup')", "the list")
        for _ in range(20):
            if text in self.browser.text(".rollups"):
                return
            if not self.browser.evaluate("document.querySelector('.more button') !== null"):
                time.sleep(0.3)
                continue
            self.tap("Show more", within=".more")
            time.sleep(0.3)
        expect(False, f"{text} in the list")


play(Planning)
