"""The org's own attributes on the page: defined by an admin, given on a run by whoever may, found and sorted by in the lists.

What it defines is archived again at the end, so that nothing of it is asked of the runs of others.
"""

import json
import tempfile
import time

from tour import Sessions, expect, picture, play

# What is shown must be text, whatever is in it, and must break nothing.
HOSTILE = "<img src=x onerror=alert(1)> \"quoted' & \u202e\u05e2\u05d1\u05e8\u05d9\u05ea \u2066"
LONG = "W" * 500


class Attributes(Sessions):
    """Runs of a procedure of the tour's own."""

    def it_defines_attributes_on_the_page(self):
        browser = self.browser
        self.stamp = str(int(time.time() * 1000))
        browser.open("/")
        self.sign_in("admin")
        browser.go("#/attributes")
        self.tap("Define an attribute")
        browser.type("#definition-label", f"Hardware class {self.stamp}")
        expect(browser.evaluate("document.querySelector('#definition-key').value") == f"hardware_class_{self.stamp}", "a key is proposed")
        browser.type("#definition-key", "Not a key")
        self.tap("Define it", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault').innerText.includes('small letters')", "what a key is")
        browser.type("#definition-key", self.key("class"))
        self.choose("#definition-type", "select")
        browser.type("#definition-options", "Flight\nQualification\nDevelopment")
        browser.evaluate("document.querySelector('#definition-options').dispatchEvent(new Event('change', { bubbles: true }))")
        self.choose("#definition-required", "completion")
        browser.click("dialog label.choice:not(.choices *)")
        picture(browser, "attribute-define")
        self.tap("Define it", within="dialog .buttons")
        browser.wait(f"{self.box('class')}?.innerText.includes('Before a run completes')", "the definition")
        expect("Filtered and sorted" in browser.evaluate(f"{self.box('class')}.innerText"), "it is searchable")

    def it_retires_an_option_and_says_what_never_changes(self):
        browser = self.browser
        browser.click(f"[data-key='{self.key('class')}'] button")
        browser.wait("document.querySelector('dialog[open] .definition-options .choice')", "its options")
        expect("never changes once" in browser.text("dialog"), "what never changes")
        browser.click("dialog .definition-options .choice:nth-of-type(3)")
        browser.type("#definition-options", "Spare")
        self.tap("Change it", within="dialog .buttons")
        browser.wait(f"{self.box('class')}.innerText.includes('Development (retired)')", "the retired option")
        expect("Spare" in browser.evaluate(f"{self.box('class')}.innerText"), "the new one")

    def it_defines_one_of_every_type(self):
        rest = {
            "note": {"type": "text", "label": f"Note {HOSTILE}"[:200]}, "mass": {"type": "number", "searchable": True}, "export": {"type": "boolean", "searchable": True},
            "day": {"type": "date", "searchable": True}, "moment": {"type": "datetime", "searchable": True},
            "clauses": {"type": "multiselect", "searchable": True, "options": ["First article", HOSTILE, "O" * 200]},
            "engineer": {"type": "user", "searchable": True}, "insert": {"type": "part", "searchable": True}, "drawing": {"type": "file"},
        }
        for name, definition in rest.items():
            self.api("POST", "attribute-definitions", {"record": "run", "key": self.key(name), "label": f"{name.capitalize()} {self.stamp}", **definition})
        for record in ("run_step", "part_inventory"):
            self.api("POST", "attribute-definitions", {"record": record, "key": self.key("own"), "label": f"Own {self.stamp} {HOSTILE}"[:200], "type": "text"})
        part = self.api("GET", "parts?part_number=SKA-100-BOX")["items"][0]["id"]
        procedure = self.api("POST", "procedures", {"title": f"Attributes {self.stamp}", "part_id": part, "steps": [{"title": "Only", "attributes": {self.key("own"): HOSTILE}}]})
        self.api("POST", f"procedures/{procedure['id']}/release")
        self.runs = [self.api("POST", "runs", {
            "procedure_id": procedure["id"], "title": f"Attributes {self.stamp} {number}", "serial_numbers": [f"AT-{self.stamp}-{number}"],
            "attributes": attributes}) for number, attributes in enumerate((
                {}, {self.key("class"): "Flight", self.key("mass"): "12.50", self.key("note"): LONG},
                {self.key("class"): "Qualification", self.key("mass"): "7", self.key("clauses"): ["First article", HOSTILE, "O" * 200], self.key("note"): HOSTILE}))]
        self.run = self.runs[0]["id"]

    def it_shows_what_is_missing_as_a_gate_of_completion(self):
        browser = self.browser
        browser.go(f"#/runs/{self.run}")
        # What was defined elsewhere meanwhile is asked for now and then.
        browser.wait(f"{self.row('class')}?.innerText.includes('Missing') && {self.row('note')}", "what is missing", seconds=30)
        expect("needed to complete" in browser.evaluate(f"{self.row('class')}.innerText"), "what it is needed for")
        browser.evaluate("[...document.querySelectorAll('#blockers a')].find((each) => each.innerText.includes('Hardware class " + self.stamp + "')).click()")
        browser.wait(f"document.activeElement === {self.row('class')}", "the way from the gate to the attribute")

    def it_takes_a_value_of_every_type_in_its_place(self):
        browser = self.browser
        self.open_row("class")
        expect("Development" not in browser.evaluate(f"{self.row('class')}.innerText"), "a retired option is not offered")
        browser.click(f"#{self.id('class')} .choice")
        self.is_saved("class", "Flight")
        browser.press("Escape")
        browser.wait(f"!{self.row('class')}.classList.contains('is-open')", "that it is closed")
        for name, text, value in (("note", HOSTILE, HOSTILE), ("mass", "12,75", "12.75"), ("insert", "SK1001-01", None)):
            self.open_row(name)
            browser.type(f"#{self.id(name)}-input", text)
            browser.press("Tab")
            self.is_saved(name, value)
        for name in ("day", "moment", "engineer"):
            self.open_row(name)
            if name == "engineer":
                browser.wait(f"document.querySelector('#{self.id(name)} select').options.length > 1", "people")
            browser.click(f"#{self.id(name)} .measure button")
            self.is_saved(name, None)
        self.open_row("export")
        browser.click(f"#{self.id('export')} .choice:nth-child(2)")
        self.is_saved("export", False)
        self.open_row("clauses")
        browser.click(f"#{self.id('clauses')} .choice:nth-child(2)")
        self.is_saved("clauses", [HOSTILE])
        self.open_row("drawing")
        with tempfile.NamedTemporaryFile(suffix="<b>.txt") as file:
            file.write(b"drawn by hand")
            file.flush()
            browser.choose_file(f"#{self.id('drawing')} input[type=file]", file.name)
            self.is_saved("drawing", None)
        browser.evaluate("[...document.querySelectorAll('.attribute.is-open .attribute-edit .actions button:first-child')].forEach((each) => each.click())")
        browser.wait(f"document.querySelector('#history').innerText.includes('Mass {self.stamp} 12.75')", "the change in the history, by its label")
        browser.wait(f"{self.row('drawing')}.querySelector('.attribute-value a')?.innerText.includes('<b>.txt')", "the file by its name")
        browser.wait(f"{self.row('insert')}.innerText.includes('SK1001-01')", "the part by its number")
        browser.wait(f"{self.row('engineer')}.innerText.includes('Demo admin')", "the person by name")
        expect("No" in browser.evaluate(f"{self.row('export')}.innerText"), "no is no")
        expect(browser.evaluate("document.querySelectorAll('main img').length") == 0, "nothing of it is markup")
        browser.wait("![...document.querySelectorAll('#blockers a')].some((each) => each.innerText.includes('Hardware class " + self.stamp + "'))", "that the gate is gone")

    def it_tells_a_refusal_at_the_attribute_in_words(self):
        browser = self.browser
        self.open_row("mass")
        browser.type(f"#{self.id('mass')}-input", "heavy")
        browser.press("Tab")
        browser.wait(f"{self.row('mass')}.dataset.save === 'fault' && {self.row('mass')}.innerText.includes('not a number')", "that it is no number")
        browser.press("Escape")
        self.api("PATCH", f"attribute-definitions/{self.definition('clauses')['id']}", {"retire_options": ["First article"]})
        self.open_row("clauses")
        browser.click(f"#{self.id('clauses')} .choice")
        browser.wait(f"{self.row('clauses')}.querySelector('.problem')?.innerText.includes('the option is retired')", "which option is retired")
        expect("First article" in browser.evaluate(f"{self.row('clauses')}.innerText"), "by its name")
        browser.complaints = [each for each in browser.complaints if "422" not in each]
        picture(browser, "attribute-refused")
        browser.click(f"#{self.id('clauses')} .choice")

    def it_tells_of_a_change_by_someone_else(self):
        browser = self.browser
        self.open_row("note")
        browser.evaluate("void Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })")
        self.api("PUT", f"runs/{self.run}/attributes", {"attributes": {self.key("mass"): "99"}})
        browser.type(f"#{self.id('note')}-input", "mine")
        browser.press("Tab")
        browser.wait(f"{self.row('note')}.innerText.includes('Someone else changed this in the meantime')", "that it was changed meanwhile")
        browser.evaluate("void delete document.visibilityState")
        browser.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        browser.complaints = [each for each in browser.complaints if "412" not in each]
        browser.wait(f"{self.row('mass')}.querySelector('.attribute-value').innerText === '99'", "what the other one gave")
        expect(browser.evaluate(f"document.querySelector('#{self.id('note')}-input').value") == "mine", "what was typed is still there")
        self.tap("Save again", within=f"#{self.id('note')}")
        self.is_saved("note", "mine")
        browser.evaluate("document.activeElement.blur()")

    def it_takes_a_value_away(self):
        browser = self.browser
        self.open_row("class")
        self.tap("Take the value away", within=f"#{self.id('class')}")
        browser.wait(f"{self.row('class')}.dataset.save === 'done' && {self.row('class')}.classList.contains('is-missing')", "that it is missing again")
        expect(self.key("class") not in self.values(), "no value is there")

    def it_holds_at_every_width_in_light_and_dark(self):
        browser = self.browser
        for run in self.runs[1:]:
            browser.go(f"#/runs/{run['id']}")
            browser.wait(f"{self.row('note')}?.innerText.length > 20", "the run")
            self.at_every_width(f"attributes-{run['number']}", "#attributes")

    def it_narrows_and_sorts_the_runs_by_them_in_the_address(self):
        browser = self.browser
        browser.go(f"#/runs?search={self.stamp}")
        browser.wait(f"{ROWS}.length === 3 && document.querySelector('.timeline-filters summary')", "the three runs")
        browser.click(".runs .timeline-filters summary")
        self.choose("#" + self.id("class").replace("attribute", "filter"), "Qualification")
        browser.wait(f"{ROWS}.length === 1", "the one run of this class")
        expect(f"attribute.{self.key('class')}=Qualification" in browser.evaluate("location.hash"), "the address names it")
        self.choose("#" + self.id("class").replace("attribute", "filter"), "")
        self.choose("#runs-sort", f"attribute.{self.key('mass')}")
        browser.wait(f"{COLUMN} === '7 12.50 99'", "the lightest first, in the order of numbers")
        self.choose("#runs-sort", f"-attribute.{self.key('mass')}")
        browser.wait(f"document.querySelector('th[aria-sort=descending]') && {COLUMN} === '99 12.50 7'", "the heaviest first")
        for name in ("clauses", "note"):
            browser.click(f"#{self.id(name).replace('attribute', 'show')}")
        browser.wait("document.querySelectorAll('.run-list th.own').length === 3", "what is chosen to be shown")
        browser.wait(f"{ROWS}.length === 3", "the runs")
        address = browser.evaluate("location.hash")
        browser.open(f"/{address}")
        browser.wait(f"document.querySelectorAll('.run-list th.own').length === 3 && {COLUMN} === '99 12.50 7'", "the same after a reload")
        expect("onerror" in browser.text(".run-list") and browser.evaluate("document.querySelectorAll('main img').length") == 0, "a value is text")
        self.at_every_width("attribute-list")

    def it_finds_by_every_type_and_tells_what_cant_be(self):
        browser = self.browser
        browser.go("#/runs")
        browser.wait(f"{ROWS}.length > 3", "all runs")
        browser.click(".runs .timeline-filters summary")
        filters = {name: "#" + self.id(name).replace("attribute", "filter") for name in ("mass", "insert", "engineer", "export", "clauses", "day")}
        for what, value, number in ((filters["mass"] + "-from", "12,5", 2), (filters["mass"] + "-to", "12.5", 1), (filters["insert"], "SK1001-01", 1)):
            browser.type(what, value)
            browser.press("Tab")
            browser.wait(f"{ROWS}.length === {number}", f"the runs by {what} {value}")
            browser.type(what, "")
            browser.press("Tab")
            browser.wait(f"{ROWS}.length > 3", "all runs again")
        day = self.values()[self.key("day")]
        browser.evaluate(f"""(() => {{
            const input = document.querySelector('{filters["day"]}-to');
            input.value = {day!r};
            input.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()""")
        browser.wait(f"{ROWS}.length === 1", "the run until that day, and on it")
        browser.open(f"/{browser.evaluate('location.hash')}")
        browser.wait(f"{ROWS}.length === 1 && document.querySelector('{filters['day']}-to')?.value === {day!r}", "the same day after a reload")
        browser.go("#/runs")
        browser.wait(f"{ROWS}.length > 3", "all runs again")
        browser.click(".runs .timeline-filters summary")
        for name, value in (("export", "false"), ("clauses", HOSTILE), ("engineer", self.api("GET", "me")["user_id"])):
            browser.wait(f"document.querySelector('{filters[name]}').options.length > 1", "what to choose from")
            self.choose(filters[name], value)
            browser.wait(f"{ROWS}.length > 0 && {ROWS}.length <= 3", f"the runs by {name}")
            self.choose(filters[name], "")
            browser.wait(f"{ROWS}.length > 3", "all runs again")
        browser.type(filters["insert"], "no such part")
        browser.press("Tab")
        browser.wait("document.querySelector('.attribute-filters').innerText.includes('There is no part')", "that there is no such part")
        browser.go(f"#/runs?attribute.{self.key('class')}=Lost")
        browser.wait("document.querySelector('.problem')?.innerText.includes('Lost')", "what is wrong with the address")
        browser.complaints = [each for each in browser.complaints if "422" not in each]
        self.tap("Clear all", within=".more")
        browser.wait(f"{ROWS}.length > 3", "all runs")

    def it_narrows_the_timeline_by_them(self):
        browser = self.browser
        for number, run in enumerate(self.runs):
            start = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 3600 * number))
            end = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 3600 * (number + 5)))
            self.api("PUT", "schedule", {"runs": [{"id": run["id"], "scheduled_start": start, "scheduled_end": end}]})
        browser.go("#/timeline")
        browser.wait(f"{TIMELINE}.length > 3", "what is planned")
        browser.click(".timeline-filters summary")
        chosen = "#" + self.id("class").replace("attribute", "filter")
        browser.wait(f"document.querySelector('{chosen}')", "the attributes to narrow it by")
        self.choose(chosen, "Qualification")
        browser.wait(f"{TIMELINE}.length === 1 && {TIMELINE}[0].innerText.includes('Attributes {self.stamp} 2')", "the one run of this class")
        expect(browser.evaluate("document.querySelectorAll('.unplanned .queue-row').length") == 0, "what is not planned is narrowed, too")
        self.at_every_width("attribute-timeline")
        browser.open(f"/{browser.evaluate('location.hash')}")
        browser.wait(f"{TIMELINE}.length === 1 && document.querySelector('{chosen}')?.value === 'Qualification'", "the same after a reload")

    def it_shows_them_of_steps_and_units(self):
        browser = self.browser
        browser.go(f"#/steps/{self.runs[0]['steps'][0]['id']}")
        browser.wait("document.querySelector('.work-side')?.innerText.includes('change by a redline only')", "the step's attributes, and how they change")
        expect("onerror" in browser.text(".work-side .attributes"), "the value as text")
        unit = self.api("GET", f"runs/{self.run}")["units"][0]["part_inventory_id"]
        browser.go(f"#/units/{unit}")
        own = self.definition("own", "part_inventory")["id"]
        browser.wait(f"document.querySelector('#attribute-{own} button')", "the unit's attributes")
        self.tap("Enter", within=f"#attribute-{own}")
        browser.type(f"#attribute-{own}-input", "as received")
        browser.press("Tab")
        browser.wait(f"document.querySelector('#attribute-{own}').dataset.save === 'done'", "that it is saved")
        expect(self.api("GET", f"inventory/{unit}")["attributes"] == {self.key("own"): "as received"}, "the unit's value")

    def it_is_read_only_to_who_may_not(self):
        browser = self.browser
        self.sign_in("viewer")
        browser.go(f"#/runs/{self.run}")
        browser.wait(f"{self.row('mass')}?.querySelector('.attribute-value').innerText === '99'", "the attributes")
        expect("needs the permission run.update" in browser.text("#attributes"), "why they can't be changed")
        expect(browser.evaluate("[...document.querySelectorAll('#attributes button')].every((each) => !each.checkVisibility())"), "nothing to change them with")
        self.sign_in("admin")

    def it_leaves_nothing_that_others_are_asked_for(self):
        for record in ("run", "run_step", "part_inventory"):
            for each in self.api("GET", f"attribute-definitions?record={record}&archived=false&limit=200")["items"]:
                if each["key"].endswith(self.stamp):
                    self.api("POST", f"attribute-definitions/{each['id']}/archive", {})

    def it_asks_nobody_else_and_nothing_complains(self):
        self.no_strangers_no_complaints()

    # --- ways ---

    def key(self, name):
        return f"{name}_{self.stamp}"

    def definition(self, name, record="run"):
        items = self.api("GET", f"attribute-definitions?record={record}&limit=200")["items"]
        return next(each for each in items if each["key"] == self.key(name))

    def id(self, name):
        if not hasattr(self, "ids"):
            items = self.api("GET", "attribute-definitions?record=run&limit=200")["items"]
            self.ids = {each["key"]: f"attribute-{each['id']}" for each in items}
        return self.ids[self.key(name)]

    def box(self, name):
        return f"document.querySelector('[data-key={self.key(name)}]')"

    def row(self, name):
        return f"document.getElementById('{self.id(name)}')"

    def open_row(self, name):
        self.browser.click(f"#{self.id(name)} > dd > button")
        self.browser.wait(f"{self.row(name)}.classList.contains('is-open')", f"the place of {name}")

    def is_saved(self, name, value):
        self.browser.wait(f"{self.row(name)}.dataset.save === 'done'", f"that {name} is saved")
        found = self.values().get(self.key(name))
        expect(found == value if value is not None else found is not None, f"{name} is {value}, not {found}")

    def values(self):
        return self.api("GET", f"runs/{self.run}")["attributes"]

    def at_every_width(self, name, selector=None):
        browser = self.browser
        for width in (390, 768, 1440):
            for scheme in ("light", "dark"):
                browser.size(width, 1000, scheme)
                wider = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
                expect(wider <= 0, f"{name} at {width} px is {wider} px too wide")
                if selector:
                    browser.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView()")
                picture(browser, f"{name}-{width}-{scheme}")
        browser.size(1280, 800)


TIMELINE = "[...document.querySelectorAll('.timeline .chart-row')]"
COLUMN = "[...document.querySelectorAll('.run-list td.own.is-number')].map((each) => each.lastElementChild.innerText).join(' ')"
ROWS = "[...document.querySelectorAll('.run-list tbody tr')]"

play(Attributes)
