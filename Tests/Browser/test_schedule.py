"""What is planned, and what comes next: the queue of a work center, the timeline, plans; and batches.

The demo has its open runs planned around the day on which it is built; "Join the halves" waits for "Check both halves".
"""

import time

from tour import Sessions, expect, hours, picture, play


class Schedule(Sessions):
    """Two trucks, planned by the planner and looked at by all. Each test stands on the one before it."""

    def __init__(self, browser, org, sign_ins):
        super().__init__(browser, org, sign_ins)
        self.name = f"P-{int(time.time() * 1000)}"
        self.runs = []
        self.batch = None

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
        order = "[...document.querySelectorAll('.queue-row')].map((each) => [each.getAttribute('href'), each.closest('.queue-group')?.className])"
        before = browser.evaluate(order)
        time.sleep(5)
        after = browser.evaluate(order)
        # What is due by now has moved to another group, by the clock: demo data is planned to the minute.
        stayed, stays = [row for row in before if row in after], [row for row in after if row in before]
        expect(stayed and stays == stayed, f"the order stays while nothing happens: {before} became {after}")
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

    # --- the timeline ---

    def it_shows_what_is_planned_around_now(self):
        browser = self.browser
        self.sign_in("planner")
        self.tap("Timeline", within=".bar nav")
        browser.wait(f"{run_row(self.name)}", "the run in the timeline")
        late = browser.evaluate(f"{run_row(self.name + '-1')}.textContent")
        expect("overdue, since" in late, f"why it is late: {late}")
        expect("In progress · 0 of 4" in late, f"its status in words, and how far it is: {late}")
        expect("overdue" not in browser.evaluate(f"{run_row(self.name + '-2')}.textContent"), "the other one is not late")
        expect("Ends 24 h after it is due" in browser.evaluate(f"{run_row('HAHN-0003')}.textContent"), "what is planned past its due date")
        expect("Pack skateboard SB-0001" in browser.text(".unplanned"), "what is not planned stands beside it")
        self.shown_everywhere("schedule-timeline", ".timeline button, .timeline .button, .timeline summary, .timeline .queue-row, .bar a")

    def it_is_moved_and_zoomed_by_keys(self):
        browser = self.browser
        week = self.shown()
        browser.evaluate("document.querySelector('.chart').focus()")
        browser.press("ArrowRight")
        browser.wait(f"document.querySelector('.chart-window').innerText !== {week!r}", "a later window")
        browser.press("ArrowLeft")
        browser.wait(f"document.querySelector('.chart-window').innerText === {week!r}", "the window that it was")
        browser.press("-")
        browser.press("+")
        browser.wait(f"document.querySelector('.chart-window').innerText === {week!r}", "and again")
        browser.press("PageDown")
        browser.press("PageDown")
        browser.wait("document.querySelector('.timeline-main .empty')?.innerText.includes('No run is planned in this window')", "that far ahead nothing is planned")
        browser.press("Home")
        browser.wait(f"{run_row(self.name)}", "what is planned now")
        expect(browser.evaluate("document.querySelector('#scan').value") == "", "the keys were the chart's and not the scanner's")

    def it_is_moved_by_mouse_and_finger(self):
        browser = self.browser
        self.tap("Week")
        browser.wait(f"{run_row('HAHN-0004')}", "the week")
        for move in (lambda: browser.drag(".chart-track", -120), lambda: browser.fingers(".chart-track", (50, -70))):
            before = self.window()
            move()
            after = self.window()
            expect(after[0] > before[0] and after[1] - after[0] == before[1] - before[0], f"a later window, as long: {before} {after}")
            expect(browser.evaluate("document.querySelector('.chart-inside') === null"), "a drag is no tap")
        before = self.window()
        browser.fingers(".chart-track", (-40, -160), (40, 160))
        after = self.window()
        expect(after[1] - after[0] < 0.5 * (before[1] - before[0]), f"two fingers apart show less: {before} {after}")
        self.tap("Today")
        browser.wait("document.querySelector('.chart-now')", "now")

    def it_shows_any_zoom_and_keeps_it_in_the_address(self):
        browser = self.browser
        for zoom in ("Day", "Quarter", "Month"):
            self.tap(zoom)
            browser.wait(f"document.querySelector('.timeline [aria-pressed=true]')?.innerText === {zoom!r}", zoom)
            browser.wait("document.querySelector('.chart-now') && document.querySelectorAll('.chart-scale .ticks span').length > 2", f"now, on the axis of a {zoom}")
            picture(browser, f"schedule-timeline-{zoom.lower()}")
        browser.wait("location.hash.includes('from=')", "the window in the address")
        month = self.shown()
        browser.command("Page.reload")
        browser.wait(f"document.querySelector('.chart-window')?.innerText === {month!r}", "the same window again")
        browser.wait(f"{run_row(self.name)}", "with what is in it")
        self.tap("Week")

    def it_shows_whole_days_with_the_moment_in_them_at_any_hour(self):
        browser = self.browser
        # Days before, on and after which the clock goes back, by an hour and by half an hour.
        for zone, first in (("Europe/Berlin", "2026-10-24"), ("Australia/Lord_Howe", "2027-04-03"), ("UTC", "2026-11-29")):
            browser.command("Emulation.setTimezoneOverride", timezoneId=zone)
            wrong = browser.evaluate(f"""import("./page/axis.js").then(({{ windowOf, zoomOf, zooms }}) => {{
                const wrong = [], first = new Date("{first}T00:00").getTime();
                for (let at = first; at < first + 3 * 86400000; at += 900000) for (const [zoom] of zooms) {{
                    const shown = windowOf(zoom, at), midnight = (moment) => new Date(moment).getHours() === 0 && new Date(moment).getMinutes() === 0;
                    if (at < shown.from || at >= shown.to || !midnight(shown.from) || !midnight(shown.to) || zoomOf(shown) !== zoom) wrong.push(`${{zoom}} ${{new Date(at)}}`);
                }}
                return wrong;
            }})""")
            expect(wrong == [], f"whole days with the moment in them: {wrong[:5]}")
        browser.command("Emulation.setTimezoneOverride", timezoneId="")

    def it_opens_a_run_by_keyboard_with_its_steps_and_what_they_wait_for(self):
        browser = self.browser
        steps = {step["title"]: step["id"] for step in self.runs[1]["steps"]}
        self.api("PUT", "schedule", {"steps": [{"id": steps["Join the halves"], "scheduled_start": hours(31), "scheduled_end": hours(36)}]})
        browser.wait(f"{run_row(self.name + '-2')}", "the run")
        browser.evaluate(f"{run_row(self.name + '-2')}.querySelector('.chart-open').focus()")
        browser.press("ArrowUp")
        expect(browser.evaluate(f"!{run_row(self.name + '-2')}.contains(document.activeElement) && document.activeElement.matches('.chart-open')"), "up goes to the run above")
        browser.press("ArrowDown")
        browser.press("Enter")
        browser.wait("document.querySelectorAll('.chart-step').length === 4", "its four steps")
        browser.wait("document.querySelector('.chart-arrows .arrows-broken .line')", "the broken dependency, drawn")
        browser.wait("document.querySelector('.chart-wrong')?.innerText.includes('before “Check both halves” ends, which it waits for')", "and told")
        expect("conflict" in browser.evaluate("document.querySelectorAll('.chart-step')[1].innerText"), "its step says so too")
        self.tap("Zoom to it")
        browser.wait("[...document.querySelectorAll('.chart-step .chart-bar')].filter((each) => each.checkVisibility()).length === 2", "its planned steps, large")
        self.tap("Critical path")
        browser.wait("document.querySelectorAll('.chart-step.is-critical').length === 4", "all of its steps are critical")
        picture(browser, "schedule-opened")
        # A mouse that rests on a step would have its say before the keyboard.
        browser.command("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
        for _ in range(12):
            browser.press("Tab")
            if browser.evaluate("document.activeElement.matches('a.chart-what')"):
                break
        expect(browser.evaluate("document.activeElement.innerText.includes('Check both halves')"), "the steps can be reached by Tab")
        browser.wait("document.querySelector('.chart-arrows .arrows-near')", "what the step leads to is marked")

    def it_sets_times_and_shows_them_at_once(self):
        browser = self.browser
        self.tap("Set its times")
        browser.wait("document.querySelector('dialog[open] #times-due_at')", "the run's times")
        browser.evaluate("document.querySelector('#times-scheduled_end').value = document.querySelector('#times-scheduled_start').value.replace(/^..../, '2000')")
        self.tap("Set", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault')?.innerText.includes('ends before it starts')", "that it can't be so")
        browser.evaluate("document.querySelector('#times-scheduled_end').value = ''")
        browser.evaluate("document.querySelector('#times-due_at').value = document.querySelector('#times-scheduled_start').value")
        self.tap("Set", within="dialog .buttons")
        browser.wait(f"{run_row(self.name + '-2')}?.textContent.includes('after it is due')", "that it is late now")
        schedule = self.api("GET", f"runs/{self.runs[1]['id']}")["schedule"]
        expect(schedule["scheduled_end"] is None and schedule["effective_end_from"] == "steps", "its end follows from its steps")
        expect(schedule["due_at"] == schedule["scheduled_start"][:17] + "00.000000Z", f"it is due when it starts, to the minute: {schedule}")

    def it_is_reached_from_the_run_too(self):
        browser = self.browser
        browser.go(f"#/runs/{self.runs[1]['id']}")
        self.tap("On the timeline", within=".run-head")
        browser.wait(f"{run_row(self.name + '-2')}", "the run, where it is planned")
        expect(browser.evaluate("document.querySelector('.bar [aria-current]').innerText") == "Timeline", "the bar says where one is")

    def it_follows_others_and_is_narrowed_by_filters(self):
        browser = self.browser
        self.tap("Week")
        self.api("PUT", "schedule", {"runs": [{"id": self.runs[1]["id"], "due_at": hours(90)}]})
        browser.wait(f"{run_row(self.name + '-2')} && !{run_row(self.name + '-2')}.textContent.includes('after it is due')", "the other's change", seconds=12)
        browser.click(".timeline-filters summary")
        self.choose("#filter-status", "failed")
        browser.wait("document.querySelector('.timeline-main .empty')?.innerText.includes('No run that matches')", "that no failed run is planned")
        browser.wait("document.querySelector('.unplanned').innerText.includes('Every open run that matches is planned')", "and that none waits to be")
        self.tap("Clear")
        browser.wait(f"{run_row('HAHN-0003')}", "all of them")
        browser.type("#filter-part", "TR-01")
        browser.press("Enter")
        browser.wait(f"{run_row(self.name)} && !{run_row('HAHN')}", "only what builds this part")
        expect("1 filter" in browser.text(".timeline-filters summary"), "that a filter is on")
        browser.type("#filter-part", "no such part")
        browser.press("Tab")
        browser.wait("document.querySelector('.timeline-filters .fault')?.innerText.includes('no part')", "that there is no such part")
        self.tap("Clear")
        center = browser.evaluate("[...document.querySelectorAll('#filter-location_id option')].find((each) => each.innerText === 'Line HAHN').value")
        self.choose("#filter-location_id", center)
        browser.wait(f"{run_row('HAHN')} && !{run_row(self.name)}", "only what is worked there")
        browser.wait("document.querySelector('.chart-load')?.innerText.includes('Load of Line HAHN')", "with the load of the work center")
        bench = browser.evaluate("[...document.querySelectorAll('#filter-location_id option')].find((each) => each.innerText === 'Truck bench').value")
        self.choose("#filter-location_id", bench)
        browser.wait("[...document.querySelectorAll('.load-words')].some((each) => / (h|min)/.test(each.textContent))", "what it has to do on a day")
        picture(browser, "schedule-load")
        self.tap("Clear")
        browser.wait(f"{run_row('HAHN')} && !document.querySelector('.chart-load')", "all of them again")

    # --- planning ---

    def it_plans_chosen_runs_and_says_why(self):
        browser = self.browser
        self.tap("Choose runs to plan")
        for number in (1, 2):
            browser.evaluate(f"{run_row(f'{self.name}-{number}')}.querySelector('.chart-choice').setAttribute('data-pick', '{number}')")
            browser.click(f"[data-pick='{number}']")
        self.tap("Plan 2 runs")
        browser.wait("document.querySelectorAll('.plan-chart .chart-row').length === 2", "both runs in the plan")
        late, later = (f"Truck {self.name}-{number}" for number in (1, 2))
        expect("after it is due" in browser.evaluate(f"{run_row(late)}.textContent"), "that the late one stays late")
        expect("Keeps its due date" in browser.evaluate(f"{run_row(later)}.textContent"), "that the other one does not")
        expect("which it waits for" in browser.text(".plan-facts"), "what is wrong with the schedule as it is")
        browser.evaluate(f"{run_row(later)}.querySelector('.chart-open').focus()")
        browser.press("Enter")
        browser.wait("document.querySelectorAll('.plan-chart .chart-step').length === 4", "its steps")
        reasons = browser.evaluate("[...document.querySelectorAll('.chart-why')].map((each) => each.innerText)")
        expect(reasons[1] == "It waits for “Check both halves”.", f"why each step is where it is: {reasons}")
        self.shown_everywhere("schedule-plan", ".timeline button, .timeline .choice, .timeline input[type=datetime-local]")

    def it_looks_at_other_plans_and_writes_nothing(self):
        browser = self.browser
        later = f"Truck {self.name}-2"
        before, steps = browser.evaluate(f"{run_row(later)}.textContent"), self.schedule_of(self.runs[1])
        browser.click("input[value=latest]")
        browser.wait(f"{run_row(later)}.textContent !== {before!r}", "the latest times")
        browser.click("input[value=earliest]")
        browser.evaluate("(() => { const input = document.querySelector('#plan-start'); input.value = '2099-01-01T08:00'; input.dispatchEvent(new Event('change')); })()")
        browser.wait("document.querySelector('.plan-summary').innerText.includes('2099')", "a plan that starts later")
        browser.evaluate("(() => { const input = document.querySelector('#plan-start'); input.value = ''; input.dispatchEvent(new Event('change')); })()")
        browser.wait("!document.querySelector('.plan-summary').innerText.includes('2099')", "the plan from now on")
        expect(self.schedule_of(self.runs[1]) == steps, "nothing is written by looking")

    def it_applies_the_plan(self):
        browser = self.browser
        self.tap("Apply this plan")
        browser.wait("document.querySelector('.fine-state')?.innerText.includes('It is planned so now')", "that it is planned so")
        expect("0 steps move" in browser.evaluate(f"{run_row(self.name + '-2')}.textContent"), "nothing is left to move")
        expect(not browser.evaluate("document.querySelector('.plan-facts .blockers')?.innerText.includes('which it waits for') ?? false"), "and the conflict is gone")
        steps = self.schedule_of(self.runs[1])
        expect(all(times[0] for times in steps.values()), f"every step has its time: {steps}")
        expect(steps["Join the halves"][0] >= steps["Check both halves"][1], "one after the other")
        self.sign_in("viewer")
        browser.go(f"#/plan?run={self.runs[1]['id']}")
        browser.wait("document.querySelector('.plan-chart .chart-row')", "that a viewer may look")
        expect("run.schedule" in browser.text(".plan-asks"), "and is told what applying needs")

    # --- batches ---

    def it_makes_a_batch_of_scanned_serial_numbers(self):
        browser = self.browser
        self.sign_in("planner")
        self.tap("Batches", within=".bar nav")
        browser.wait("document.querySelector('.queue h1')?.innerText === 'Batches'", "the batches")
        self.tap("Make new runs as a batch")
        browser.wait("document.querySelector('dialog #batch-procedure')", "what to make")
        truck = browser.evaluate("[...document.querySelectorAll('#batch-procedure option')].find((each) => each.innerText === 'Assemble a truck').value")
        self.choose("#batch-procedure", truck)
        self.tap("Make them", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault')?.innerText.includes('2 to 1,000 runs')", "that one is none")
        browser.type("#batch-serials", "\n".join(f"{self.name}-B{number}" for number in (1, 2, 3)))
        browser.type("#batch-title", f"Trucks {self.name}")
        self.tap("Make them", within="dialog .buttons")
        browser.wait("document.querySelectorAll('.members .queue-row').length === 3", "its three runs")
        expect(self.name in browser.text(".run-head h1"), "its name")
        browser.wait("document.querySelectorAll('.sections ol .queue-row').length === 4", "the four steps that go together")
        expect(all(text == "in 3 runs" for text in browser.evaluate("[...document.querySelectorAll('.sections ol .queue-row .fine')].map((each) => each.innerText)")), "each in all of them")
        self.batch = browser.evaluate("location.hash.split('/')[2]")
        self.shown_everywhere("schedule-batch", ".run button, .run .button, .run .queue-row, .bar a")
        self.tap("On the timeline")
        browser.wait("document.querySelectorAll('.unplanned .queue-row').length === 3", "the batch's runs alone, which are not planned yet")
        chosen = browser.evaluate("document.querySelector('#filter-batch_id').selectedOptions[0].textContent")
        expect(self.name in chosen, f"what the timeline is narrowed to: {chosen}")
        browser.go(f"#/batches/{self.batch}")
        browser.wait("document.querySelectorAll('.members .queue-row').length === 3", "the batch again")

    def it_works_siblings_as_one(self):
        browser = self.browser
        self.sign_in("technician")
        browser.go(f"#/batches/{self.batch}")
        browser.wait("document.querySelectorAll('.sections ol a.queue-row').length === 4", "the steps, to go to")
        browser.click(".sections ol a.queue-row")
        browser.wait("document.querySelector('.in-batch')", "that the step goes with others")
        self.tap("Start")
        browser.wait("document.querySelector('.work-head .badge.is-in_progress')", "that it is in progress")
        states = [step["state"] for run in self.members() for step in run["steps"] if step["title"] == "Check both halves"]
        expect(states == ["in_progress"] * 3, f"in all three runs: {states}")

    def it_says_who_cannot_follow_before_it_acts(self):
        browser = self.browser
        step = browser.evaluate("location.hash.split('/')[2]")
        for field, value in (("No cracks", "pass"), ("Checked", ["pivot", "baseplate"])):
            self.give(step, field, value)
        second = next(each for run in self.members()[1:2] for each in run["steps"] if each["title"] == "Check both halves")
        self.give(second["id"], "No cracks", "pass")
        browser.wait("document.querySelector('[data-act=complete]:not([aria-disabled])')", "that this one can be signed off", seconds=12)
        self.tap("Sign off")
        browser.wait("document.querySelector('dialog .siblings')", "the question for whom")
        misfits = browser.text("dialog .siblings section")
        expect("1 of 2 siblings can't follow" in misfits and "has no value" in misfits, f"who can't, and why: {misfits}")
        self.tap("Sign off", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault')?.innerText.includes('for whom')", "that it must be said")
        picture(browser, "schedule-misfits")
        self.tap("This and 1 other run", within="dialog")
        self.tap("Sign off", within="dialog .buttons")
        browser.wait("document.querySelector('.work-bar')?.innerText.includes('Completed')", "that it is signed off")
        browser.go(f"#/batches/{self.batch}")
        browser.wait("document.querySelectorAll('.members .queue-row').length === 2", "two runs are left in it")
        expect("1 run has left" in browser.text(".side"), "and one has left")

    def it_lets_runs_leave_with_a_reason_and_dissolves(self):
        browser = self.browser
        self.sign_in("planner")
        browser.go(f"#/batches/{self.batch}")
        browser.wait("document.querySelectorAll('.members button').length === 2", "its runs")
        browser.click(".members button")
        self.say("Damaged in transport")
        self.tap("Leave", within="dialog .buttons")
        browser.wait("document.querySelectorAll('.members .queue-row').length === 1", "that it has left")
        browser.click(".side .away summary")
        browser.wait("document.querySelector('.side .away').innerText.includes('Damaged in transport')", "and why")
        self.tap("Dissolve it")
        browser.wait("document.querySelector('dialog[open]')", "what that does")
        self.tap("Dissolve it", within="dialog .buttons")
        browser.wait("document.querySelector('.run-head .badge')?.innerText === 'Dissolved'", "that it is dissolved")
        browser.go("#/batches?open=false")
        browser.wait(f"document.querySelector('.queue-group')?.innerText.includes('Trucks {self.name}')", "it stands among the dissolved ones")

    def it_batches_runs_that_are_there(self):
        browser = self.browser
        browser.go("#/batches")
        browser.wait("document.querySelector('.queue h1')?.innerText === 'Batches'", "the batches")
        self.tap("Batch runs that are there")
        browser.wait("document.querySelector('dialog .run-picker .choice')", "runs to tick")
        browser.type("#pick-search", f"{self.name}-B")
        browser.wait("document.querySelectorAll('dialog .run-picker .choice').length === 3", "the found ones")
        browser.click("dialog .run-picker .choice")
        self.tap("Make the batch", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault')?.innerText.includes('two runs')", "that one is not enough")
        browser.click("dialog .run-picker .choice:nth-child(2)")
        self.tap("Make the batch", within="dialog .buttons")
        browser.wait("document.querySelectorAll('.members .queue-row').length === 2", "the new batch")

    def it_asks_nobody_else_and_nothing_complains(self):
        self.no_strangers_no_complaints()

    # --- ways ---

    def members(self):
        """The runs of the batch, those that left too, as the API has them."""
        return [self.api("GET", f"runs/{run['run_id']}") for run in self.api("GET", f"batches/{self.batch}")["runs"]]

    def give(self, step, name, value):
        """Enters a value beside the page, in this run alone where the field is each run's own."""
        now = self.api("GET", f"steps/{step}")
        field = next(each["id"] for each in now["fields"] if each["name"] == name)
        self.api("PUT", f"steps/{step}/values", {"values": [{"field_id": field, "value": value}]})

    def schedule_of(self, run):
        return {step["title"]: (step["scheduled_start"], step["scheduled_end"]) for step in self.api("GET", f"runs/{run['id']}")["steps"]}

    def shown(self):
        """The window of the timeline in words, once it stands still."""
        time.sleep(0.4)
        return self.browser.text(".chart-window")

    def window(self):
        """The window of the timeline in milliseconds, once the address has it."""
        time.sleep(0.6)
        return self.browser.evaluate("(() => { const query = new URLSearchParams(location.hash.split('?')[1]); return ['from', 'to'].map((name) => Date.parse(query.get(name))); })()")


def row(kind, text):
    return f"[...document.querySelectorAll('.queue-row.is-{kind}')].find((each) => each.textContent.includes({text!r}))"


def run_row(text):
    return f"[...document.querySelectorAll('.chart-row')].find((each) => each.textContent.includes({text!r}))"


play(Schedule)
