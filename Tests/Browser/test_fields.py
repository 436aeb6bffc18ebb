"""A step with a field of every type: each is entered by touch, saved by itself, refused where it must be, and corrected."""

import tempfile
import time

from tour import Sessions, expect, field_box, picture, play


class Fields(Sessions):
    """One step of a procedure of the tour's own."""

    def it_is_given_a_step_with_every_type_of_field(self):
        stamp = int(time.time() * 1000)
        self.browser.open("/")
        self.sign_in("admin")
        for number, due in ((f"A-{stamp}", "2020-01-01"), (f"B-{stamp}", None)):
            self.api("POST", "tools", {"number": number, "name": "Torque wrench", "calibration_due": due})
        part = self.api("GET", "parts?part_number=SKA-100-BOX")["items"][0]["id"]
        columns = [
            {"key": "hole", "label": "Hole", "type": "text", "required": True},
            {"key": "diameter", "label": "Diameter", "type": "number", "unit": "mm", "minimum": "4.9", "maximum": "5.1", "required": True},
            {"key": "clean", "label": "Clean", "type": "boolean", "required": False},
        ]
        fields = [
            {"name": "Remark", "type": "text", "required": False},
            {"name": "Length", "type": "number", "unit": "mm", "minimum": "1", "maximum": "20", "allow_not_applicable": True},
            {"name": "Depth", "type": "number", "unit": "mm", "compare": {"op": "<", "field": "Length"}},
            {"name": "Surface", "type": "pass_fail"}, {"name": "Clean", "type": "boolean"},
            {"name": "Color", "type": "select", "options": ["red", "green", "blue"]},
            {"name": "Shelf", "type": "select", "options": [f"shelf {number}" for number in range(1, 10)]},
            {"name": "Seen", "type": "multiselect", "options": ["top", "bottom"]},
            {"name": "Day", "type": "date"}, {"name": "Moment", "type": "datetime"}, {"name": "Helper", "type": "user"},
            {"name": "Insert", "type": "part"}, {"name": "Wrench", "type": "tool"},
            {"name": "Photo", "type": "file"},
            {"name": "Holes", "type": "datagrid", "datagrid": {"minimum_rows": 2, "columns": columns}},
            {"name": "Signature", "type": "signoff"},
        ]
        procedure = self.api("POST", "procedures", {"title": f"Every field {stamp}", "part_id": part, "steps": [
            {"title": "Everything", "instructions": "Enter all of it.", "fields": fields}, {"title": "Last", "approvals": [{"role": "quality", "approvers": 1}]}]})
        self.api("POST", f"procedures/{procedure['id']}/release")
        run = self.api("POST", "runs", {"procedure_id": procedure["id"], "title": f"Every field {stamp}", "serial_numbers": [f"E-{stamp}"]})
        self.step_id, self.last_id = (step["id"] for step in sorted(run["steps"], key=lambda step: step["position"]))
        self.browser.go(f"#/steps/{self.step_id}")
        self.tap("Start")
        self.browser.wait(f"{field_box('Signature')}", "the fields")

    def it_saves_what_is_typed(self):
        browser = self.browser
        self.enter("Remark", "nothing to say", "textarea")
        self.saved("Remark")
        self.enter("Length", "9")
        self.saved("Length")
        self.enter("Depth", "10")
        self.saved("Depth")
        browser.wait(f"!{field_box('Depth')}.querySelector('.out').hidden", "that it is held against the other field")
        self.enter("Depth", "8,5")
        self.saved("Depth")
        browser.wait(f"{field_box('Depth')}.querySelector('.out').hidden", "that it is in range now")
        self.enter("Insert", "no such part")
        browser.wait(f"{field_box('Insert')}.innerText.includes('There is no part')", "that there is no such part")
        self.enter("Insert", "SK1001-01")
        self.saved("Insert")
        self.touch("Length", ".choice")
        browser.wait(f"{field_box('Length')}.dataset.save === 'done' && {field_box('Length')}.querySelector('input.figure').readOnly", "not applicable, and nothing to type")
        expect(self.value("Length") is None, "no value is there")
        self.touch("Length", ".choice")
        self.enter("Length", "9")
        self.saved("Length")
        browser.wait(f"{field_box('Depth')}.querySelector('.out').hidden", "that it is still in range")

    def it_saves_what_is_touched(self):
        for name, what, value in (
                ("Surface", ".choice.good", "pass"), ("Clean", ".choice", True), ("Color", ".choice:nth-child(2)", "green"), ("Seen", ".choice", ["top"])):
            self.touch(name, what)
            self.saved(name)
            expect(self.value(name) == value, f"{name} is {value}")
        for name in ("Day", "Moment", "Helper"):
            self.touch(name, "button")
            self.saved(name)
        self.pick("Shelf", "shelf 3")
        self.saved("Shelf")

    def it_refuses_an_overdue_tool_by_name(self):
        browser = self.browser
        self.pick("Wrench", "calibration was due 2020-01-01")
        browser.wait(f"{field_box('Wrench')}.innerText.includes('was due on 2020-01-01')", "which tool, and since when")
        expect(self.value("Wrench") is None, "it is not saved")
        self.pick("Wrench", "B-")
        self.saved("Wrench")
        browser.complaints = [each for each in browser.complaints if "409" not in each]

    def it_sends_files_in_parts(self):
        browser = self.browser
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            file.write(b"measured by hand\n" * 100_000)
            file.flush()
            browser.choose_file(f"[data-field='{self.field('Photo')}'] input[type=file]", file.name)
            self.saved("Photo")
            browser.choose_file("#step-file", file.name)
            browser.wait("document.querySelectorAll('[aria-label] .sessions a[href*=attachments]').length === 2", "both files, of the field and of the step")
        content = browser.evaluate(f"fetch(document.querySelector('.sessions a[href*=attachments]').href).then((answer) => answer.text()).then((text) => text.length)")
        expect(content == 1_700_000, f"all of it comes back: {content}")

    def it_takes_a_grid_row_by_row(self):
        browser = self.browser
        self.enter("Holes", "left", "tr:nth-child(1) textarea")
        self.enter("Holes", "5.0", "tr:nth-child(1) input.figure")
        expect(self.value("Holes") is None, "not before all that is asked for is there")
        self.enter("Holes", "right", "tr:nth-child(2) textarea")
        self.enter("Holes", "5.3", "tr:nth-child(2) input.figure")
        self.saved("Holes")
        expect(browser.evaluate(f"{field_box('Holes')}.querySelectorAll('td.is-out').length") == 1, "the cell out of range is shown")
        browser.wait(f"!{field_box('Holes')}.querySelector('.out').hidden", "and said")
        picture(browser, "fields-grid")
        self.enter("Holes", "5.1", "tr:nth-child(2) input.figure")
        browser.wait(f"{field_box('Holes')}.querySelector('.out').hidden", "that all is in range")
        self.saved("Holes")
        browser.size(390, 844)
        expect(browser.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "a grid is scrolled for itself")
        picture(browser, "fields-phone")
        browser.size(1280, 800)

    def it_is_signed_off_and_corrected(self):
        browser = self.browser
        self.touch("Signature", ".sign button")
        self.saved("Signature")
        browser.wait("document.querySelector('[data-act=complete]:not([aria-disabled])')", "that it can be signed off")
        self.tap("Sign off")
        browser.wait("document.querySelector('.work-bar').innerText.includes('Completed')", "that it is signed off")
        browser.click("[aria-label='Correct Length']")
        browser.type("#correct-value", "10")
        self.tap("Correct", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .fault').innerText.includes('Say why')", "that a reason is needed")
        browser.type("#correct-reason", "Misread")
        self.tap("Correct", within="dialog .buttons")
        browser.wait(f"{field_box('Signature')}?.innerText.includes('must be signed again')", "that it is to be signed again")
        picture(browser, "fields-corrected")
        self.touch("Signature", ".sign button")
        browser.wait(f"!{field_box('Signature')}", "that nothing is left to enter")
        expect(self.value("Length") == "10", "the right value")
        self.tap("Sign off again")
        browser.wait("!document.querySelector('.work-bar').innerText.includes('Sign off again')", "that the step is signed off again")

    def it_has_a_deviation_accepted_by_someone_else(self):
        browser = self.browser
        browser.click("[aria-label='Correct Length']")
        browser.type("#correct-value", "99")
        browser.type("#correct-reason", "Measured again")
        self.tap("Correct", within="dialog .buttons")
        self.tap("Accept the deviation")
        self.say("Fits all the same")
        self.tap("Accept", within="dialog .buttons")
        browser.wait("document.querySelector('dialog .problem')", "that it is refused to who entered it")
        self.tap("Back", within="dialog .buttons")
        browser.complaints = [each for each in browser.complaints if "403" not in each]
        self.sign_in("quality")
        browser.go(f"#/steps/{self.step_id}")
        self.tap("Accept the deviation")
        self.say("Fits all the same")
        self.tap("Accept", within="dialog .buttons")
        browser.wait("document.querySelector('.deviation')?.innerText.includes('Fits all the same')", "that it is accepted, and why")
        picture(browser, "fields-deviation")

    def it_is_approved_by_a_holder_of_the_role(self):
        browser = self.browser
        browser.go(f"#/steps/{self.last_id}")
        self.tap("Start")
        browser.wait("document.querySelector('.work-bar .why')?.innerText.includes('approvals as quality')", "what signing off waits for")
        self.tap("Refuse")
        self.say("No label")
        self.tap("Refuse", within="dialog .buttons")
        browser.wait("document.querySelector('.approval')?.innerText.includes('No label')", "that it is refused, and why")
        self.tap("Approve")
        browser.wait("document.querySelector('.approval .badge.is-met')", "that it is approved")
        picture(browser, "fields-approval")

    def it_asks_nobody_else_and_nothing_complains(self):
        self.no_strangers_no_complaints()

    # --- ways ---

    def value(self, name):
        return next(field["value"] for field in self.api("GET", f"steps/{self.step_id}")["fields"] if field["name"] == name)

    def touch(self, name, what):
        self.browser.click(f"[data-field='{self.field(name)}'] {what}")

    def pick(self, name, text):
        """Picks the first option whose text has this in it."""
        selector = f"[data-field='{self.field(name)}'] select"
        option = f"[...document.querySelector({selector!r}).options].find((each) => each.text.includes({text!r}))"
        self.browser.wait(option, f"{name}: {text}")
        self.choose(selector, self.browser.evaluate(f"{option}.value"))


play(Fields)
