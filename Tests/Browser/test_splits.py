"""Two of a run's five units are split off onto an issue: planned, looked at, done, resolved, and merged back.

The run is the tour's own: each unit is of 3 A, 2 B and 1 C, and 2 A and 1 B went into the run as a whole.
"""

import time

from tour import Sessions, expect, picture, play


class Splits(Sessions):
    """One run. Each test stands on the one before it."""

    def it_is_given_a_run_of_five(self):
        self.stamp = int(time.time() * 1000)
        self.browser.open("/")
        self.sign_in("admin")
        unit = self.api("POST", "parts", {"part_number": f"UNIT-{self.stamp}", "name": "Unit", "tracking": "serial"})["id"]
        lines, stock = [], []
        for name, amount in (("A", "3"), ("B", "2"), ("C", "1")):
            part = self.api("POST", "parts", {"part_number": f"{name}-{self.stamp}", "name": f"Part {name}"})["id"]
            lines.append({"part_id": part, "quantity_per_unit": amount})
            stock.append(self.api("POST", "inventory", {"part_id": part, "quantity": "100"})["id"])
        bill = self.api("POST", f"parts/{unit}/mboms", {"lines": lines})["id"]
        self.api("POST", f"mboms/{bill}/release")
        procedure = self.api("POST", "procedures", {"title": f"Make units {self.stamp}", "part_id": unit, "steps": [{"title": "Build"}]})["id"]
        self.api("POST", f"procedures/{procedure}/release")
        self.serials = [f"U{number}-{self.stamp}" for number in range(1, 6)]
        self.run = self.api("POST", "runs", {"procedure_id": procedure, "title": f"Five {self.stamp}", "serial_numbers": self.serials})
        needs = {each["part_number"][0]: each["id"] for each in self.run["build_requirements"]}
        for name, row, amount in (("A", stock[0], "2"), ("B", stock[1], "1")):
            self.api("POST", f"runs/{self.run['id']}/installations", {"build_requirement_id": needs[name], "part_inventory_id": row, "quantity": amount})

    def it_asks_which_units_and_why(self):
        browser = self.browser
        browser.go(f"#/runs/{self.run['id']}/splits")
        browser.wait("document.querySelector('#splits')?.innerText.includes('No units are split off')", "that none is split off")
        self.tap("Split off units", within="#splits")
        browser.wait("document.querySelector('dialog[open] #split-scan')", "the question which units")
        self.tap("Show the plan", within="dialog .buttons")
        browser.wait("document.querySelector('dialog').innerText.includes('Scan or tick the units')", "that none is named")
        for serial in (self.serials[1], "no such unit", self.serials[3]):
            browser.type("#split-scan", serial)
            browser.press("Enter")
        browser.wait("document.querySelector('dialog').innerText.includes('2 units of 5 chosen')", "the two that were scanned")
        self.tap("Show the plan", within="dialog .buttons")
        browser.wait("document.querySelector('dialog').innerText.includes('say what is wrong')", "that an issue is asked for")
        browser.type("#split-issue-title", f"Scratches {self.stamp}")
        picture(browser, "split-ask")

    def it_shows_the_plan_before_it_is_done(self):
        browser = self.browser
        self.tap("Show the plan", within="dialog .buttons")
        browser.wait("document.querySelector('dialog table.plan')", "the plan")
        plan = browser.evaluate("[...document.querySelectorAll('dialog table.plan tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText.split(/\\s/)[0]))")
        expect(plan == [["9", "6", "2"], ["6", "4", "1"], ["3", "2", "0"]], f"what each group needs, and what both share: {plan}")
        picture(browser, "split-plan")
        expect(self.api("GET", f"splits?run_id={self.run['id']}")["items"] == [], "nothing is done yet")
        self.tap("Split off", within="dialog .buttons")
        browser.wait("document.querySelector('#splits .group')", "the group")
        group = browser.text("#splits .group")
        expect(all(serial in group for serial in (self.serials[1], self.serials[3])), "its units")
        expect(browser.evaluate("document.querySelectorAll('#splits .sessions li').length") == 2, "what it shares")
        expect("3" in browser.text(".run-head dl"), "the run has three units")

    def it_says_whose_what_is_shared_is(self):
        browser = self.browser
        expect("are shared" in browser.text("#splits .group"), "why nothing can become of it yet")
        browser.size(390, 844)
        picture(browser, "split-group-phone")
        expect(browser.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "nothing is wider than a phone")
        self.tap("Resolve", within="#splits")
        browser.wait("document.querySelector('dialog #resolve-1')", "the question whose it is")
        browser.type("#resolve-0", "1")
        self.tap("That is how it is", within="dialog .buttons")
        browser.wait("document.querySelector('dialog').innerText.includes('adds up to 1')", "that it does not add up")
        browser.type("#resolve-1", "1")
        picture(browser, "split-resolve")
        self.tap("That is how it is", within="dialog .buttons")
        browser.wait("document.querySelectorAll('#splits .sessions li').length === 1", "that one is resolved")
        browser.size(1280, 800)
        self.tap("Resolve", within="#splits")
        browser.wait("document.querySelector('dialog #resolve-1')", "the question whose it is")
        self.tap("That is how it is", within="dialog .buttons")
        browser.wait("document.querySelectorAll('#splits .sessions li').length === 0", "that both are resolved")

    def it_merges_what_the_issue_lets_go(self):
        browser = self.browser
        issue = self.api("GET", f"issues?run_id={self.run['id']}")["items"][0]["id"]
        kind = self.api("POST", "disposition-types", {"name": f"Polish {self.stamp}", "availability": "available_immediately", "closure_roles": ["admin"]})["id"]
        self.api("POST", f"issues/{issue}/dispose", {"disposition_type_id": kind})
        browser.wait("!document.querySelector('#splits [data-act=merge]').hasAttribute('aria-disabled')", "that it may be merged", seconds=12)
        picture(browser, "split-group")
        self.tap("Merge back", within="#splits")
        browser.wait("document.querySelector('dialog[open]')", "the question why")
        self.tap("Merge back", within="dialog .buttons")
        browser.wait("document.querySelector('#splits .group .badge')?.innerText.includes('Merged')", "that it is merged")
        expect("5" in browser.text(".run-head dl"), "the run has five units again")
        picture(browser, "split-merged")
        browser.complaints = [each for each in browser.complaints if "409" not in each]
        self.no_strangers_no_complaints()


play(Splits)
