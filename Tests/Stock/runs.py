"""Runs, their steps, and the groups of units that were split off from them."""

from needs import Requirement

# Every procedure's steps: title, whether it is required, what it comes after.
STEPS = [("a", True, []), ("b", True, ["a"]), ("c", False, ["a"]), ("d", True, ["b", "c"])]
# Which outcomes a disposition admits.
OUTCOMES = {
    "permanently_unavailable": ("scrapped", "returned_to_vendor"), "available_immediately": ("merged", "used_as_is"),
    "release_on_resolve": ("merged", "rework"),
}


class Step:
    def __init__(self, title, required, after):
        self.id, self.title, self.required, self.after = None, title, required, after
        self.state, self.held_from, self.attempt, self.began = "todo", None, 1, False

    def go(self, state):
        """To a state; who returns to todo after a start begins a new attempt (S14)."""
        self.held_from = self.state if state == "hold" else None
        self.attempt += state == "todo" and self.began
        self.began = state != "todo" and (self.began or state == "in_progress")
        self.state = state

    def upstream(self):
        """The nearest steps up the graph that are not canceled (A2)."""
        for step in self.after:
            yield from step.upstream() if step.state == "canceled" else [step]

    def reaches(self, other):
        return any(step is self or self.reaches(step) for step in other.after)

    @property
    def started(self):
        return self.state in ("in_progress", "completed", "failed") or self.state == "hold" and self.held_from == "in_progress"


class Run:
    """A run; `quantity` counts the units that are its own: those that were split off are their groups'."""

    closed = False

    def __init__(self, part, units, taken=False, only_steps=False):
        self.id, self.part, self.units, self.quantity = None, part, units, sum(len(unit.pieces) for unit in units)
        # What it took is free while it is canceled: `was` says how much that was then (I2).
        self.taken, self.was = taken, {}
        steps = {title: Step(title, required, []) for title, required, _ in STEPS}
        for title, _, after in STEPS:
            steps[title].after = [steps[x] for x in after]
        self.steps = list(steps.values())
        self.needs = [Requirement(self, line, None, self) for line in part.lines if not only_steps] + [
            Requirement(self, line, steps[title], self) for title, lines in part.step_lines.items() for line in lines
        ]
        self.groups = []
        self.completed, self.records, self.issues, self.acknowledged = False, 0, [], set()
        for unit in units:
            unit.runs.append(self)

    @property
    def freed(self):
        return self.taken and self.status == "canceled"

    @property
    def status(self):
        """R1, first match wins."""
        states = [step.state for step in self.steps]
        for state in ("hold", "failed", "in_progress"):
            if state in states:
                return state
        if all(state == "canceled" for state in states):
            return "canceled"
        if self.completed:
            return "partial_complete" if "canceled" in states else "complete"
        return "in_progress" if "completed" in states else "todo"

    @property
    def blockers(self):
        """The kinds of what blocks a completion (C1)."""
        found = set()
        if not any(step.state == "completed" for step in self.steps):
            found.add("no_step_completed")
        for step in self.steps:
            if step.state == "todo" and step.required:
                found.add("required_step_open")
            elif step.state in ("in_progress", "hold", "failed"):
                found.add("step_open")
        for need in self.needs:
            idle = need.step and (need.step.state == "canceled" or need.step.state == "todo" and not need.step.required)
            if need.room > 0 and not idle:
                found.add("requirement_unmet")
            if need.shared:
                found.add("installation_shared")
            if self.part.serial and any(not n.sharers and not n.unit and not n.row.part.lot_traceability for n in need.live):
                found.add("installation_names_no_unit")
        return found | ({"unit_unidentified"} if any(unit.unidentified for unit in self.units) else set())

    @property
    def passed(self):
        """The steps that are completed, each in its attempt."""
        return {(step, step.attempt) for step in self.steps if step.state == "completed"}

    @property
    def waiting(self):
        """The open issues that nobody has acknowledged as they stand (C2)."""
        return [i for i in self.issues if i.state != "resolved" and (i, i.stands, self.records) not in self.acknowledged]

    def expected(self):
        return {"status": self.status, "completion_number": self.records, "quantity": self.part.text(self.quantity)}


class Group:
    """Some units of a run, split off onto an issue (X1), until their outcome closes it (X7)."""

    def __init__(self, run, origin, issue, units, passed):
        self.id, self.run, self.origin, self.issue, self.units, self.passed = None, run, origin, issue, units, passed
        self.number, self.quantity, self.outcome = len(run.groups) + 1, sum(len(unit.pieces) for unit in units), None
        self.needs = [Requirement(run, need.line, need.step, self) for need in run.needs]
        run.groups.append(self)

    @property
    def closed(self):
        return self.outcome is not None

    def obstacles(self, outcome):
        """What refuses an outcome (X5, X7, X9)."""
        if self.closed:
            return {"split_closed"}
        codes = set() if self.issue.disposition else {"disposition_missing"}
        if self.issue.disposition and outcome not in OUTCOMES[self.issue.disposition]:
            codes.add("disposition_differs")
        shared = [n for need in self.needs for n in need.shared]
        if outcome == "merged":
            # What is shared with the run alone comes home with the units.
            shared = [n for n in shared if {need.owner for need in n.members} != {self, self.run}]
            scrapped = all(unit.scrapped for unit in self.run.units)
            codes |= {"run_ended"} if self.run.completed or self.run.status == "canceled" or scrapped else set()
            codes |= {"step_not_passed"} if self.run.passed - self.passed else set()
            if not self.run.part.serial and self.run.units[0].installation:
                codes.add("installed_is_whole")
            if self.run.part.tracking == "lot" and self.units[0].lot not in (None, self.run.units[0].lot):
                codes.add("lot_differs")
        if outcome == "used_as_is" and any(unit.unidentified for unit in self.units):
            codes.add("unit_unidentified")
        return codes | ({"installation_shared"} if shared else set())

    def expected(self):
        return {
            "number": self.number, "run_id": self.run.id, "parent_id": self.origin.id if self.origin is not self.run else None,
            "issue_id": self.issue.id, "quantity": self.run.part.text(self.quantity), "outcome": self.outcome,
        }
