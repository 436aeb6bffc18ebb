"""What the rules say of acts on runs: how they are created, fed, moved on, completed and opened again; and of issues."""

from needs import Exception_, Installation
from pieces import Issue, Row
from runs import Run
from stockrules import Stock


class Runs(Stock):
    """The acts on runs and issues."""

    # --- installations -----------------------------------------------------------------------------------------------

    def install(self, owner, need, row, count, unit):
        """Into a run, or a group that was split off from it."""
        run = need.run
        target = unit or (owner.units[0] if len(owner.units) == 1 else None)
        space = need.space(target)
        amount = min(len(row.pieces), max(need.open, 0), *[space] if space and space > 0 else []) if count is None else count
        codes = set() if need.owner is owner else {"requirement_unknown"}
        codes |= {"run_completed"} if owner is run and run.completed else set()
        codes |= {"split_closed"} if owner.closed else set()
        codes |= {"unit_not_on_run"} if owner is run and run.freed else set()
        codes |= {"above_need"} if need.open <= 0 or amount > need.open else set()
        codes |= {"part_not_approved"} if not need.takes(row.part) else set()
        codes |= {"step_closed_to_parts"} if need.step and need.step.state in ("hold", "redline", "canceled") else set()
        if not row.usable(run) or row.reserved and row.reserved_group is not (None if owner is run else owner):
            codes.add("inventory_unavailable")
        if row.usable(run):
            codes |= {"not_enough"} if amount > len(row.pieces) else set()
            codes |= {"serialized_is_one"} if amount != int(amount) else set()
        if target is None:
            named = not run.part.serial or row.part.serial or need.line.designators
            codes |= {"unit_not_named"} if named else set()
        else:
            codes |= {"unit_not_on_run"} if target not in owner.units else set()
            codes |= {"assembly_in_itself"} if target.inside(row) else set()
            codes |= {"above_need_of_unit"} if space is not None and amount > space else set()

        def apply(answer):
            part = self.part_of(row, amount, answer["part_inventory_id"])
            self.installations.append(Installation(answer["id"], need, part, target))
            return [row, part, run]

        return codes, apply

    def uninstall(self, made):
        run = made.need.run
        codes = {"already_uninstalled"} if made.removed else set()
        # What a record counts leaves only under a later run that has the unit (B4, C5).
        carriers = [need for x in self.runs for owner in [x, *x.groups] for need in owner.needs if made in (n for n, _ in need.carried)]
        own = made.need.owner is run and run.completed
        locked = own or any(need.owner is need.run and need.run.completed for need in carriers)
        holder = made.unit and made.unit.building

        def apply(answer):
            row = made.row
            # In a run as a whole, it can come out of any of the units: where is told by the row, and must be one of theirs.
            row.location = row.places
            if own:
                # Both records stay (B4): that of the run that put it in, and that of the one that has the unit now.
                made.kept = len(row.pieces)
            made.end()
            for need in carriers:
                if not (need.owner is need.run and need.run.completed):
                    need.carried = [(n, count) for n, count in need.carried if n is not made]
            return [row, run, *(need.run for need in carriers)]

        codes |= {"split_closed"} if made.need.owner.closed and not holder else set()
        return codes | ({"run_completed"} if locked and not holder else set()), apply

    def except_(self, need, issue, count):
        codes = {"run_completed"} if need.owner is need.run and need.run.completed else set()
        codes |= {"above_need"} if need.open <= 0 or count is not None and count > need.open else set()
        codes |= {"issue_resolved"} if issue.state == "resolved" else set()
        codes |= {"issue_of_other_run"} if issue.run and issue.run is not need.run else set()

        def apply(answer):
            made = Exception_(answer["id"], need.open if count is None else count, issue)
            need.exceptions.append(made)
            self.exceptions.append((need, made))
            return [need.run]

        return codes, apply

    def withdraw(self, need, made):
        codes = {"run_completed"} if need.owner is need.run and need.run.completed else set()
        codes |= {"already_withdrawn"} if made not in need.exceptions else set()

        def apply(answer):
            need.exceptions.remove(made)
            return [need.run]

        return codes, apply

    # --- runs --------------------------------------------------------------------------------------------------------

    def create_run(self, part, count, serials, lot, taken):
        codes = {"serial_taken"} if taken else set()
        codes |= {"serial_not_tracked"} if serials and not part.serial else set()
        codes |= {"serial_count"} if serials and len(serials) != count else set()
        codes |= {"serialized_quantity"} if part.serial and count != int(count) else set()
        codes |= {"lot_not_tracked"} if lot and part.tracking == "none" else set()

        def apply(answer):
            units = [Row(part, lot=lot) for _ in range(count if part.serial else 1)]
            made = sorted(answer["units"], key=lambda u: (u["serial_number"] or "", u["part_inventory_id"]))
            for n, (unit, told) in enumerate(zip(units, made, strict=True)):
                unit.id, unit.serial = told["part_inventory_id"], sorted(serials)[n] if serials else None
                self.make(unit, 1 if part.serial else count)
            self.rows += units
            return [*units, self.name(Run(part, units), answer)]

        return codes, apply

    def name(self, run, answer):
        """The ids of a new run, of its steps and of what it needs."""
        run.id = answer["id"]
        for told, step in zip(sorted(answer["steps"], key=lambda s: s["position"]), run.steps, strict=True):
            step.id = told["id"]
        told = [(need["part_id"], need["run_step_id"], need["id"]) for need in answer["build_requirements"]]
        for need in run.needs:
            (need.id,) = [id for part_id, step, id in told if part_id == need.line.part.id and step == (need.step.id if need.step else None)]
        self.runs.append(run)
        return run

    def take_run(self, part, rows, count, only_steps):
        """A run of what is there (I3): units by name, or a lot, or so many pieces of it."""
        codes = {"part_not_built"} if any(row.part is not part for row in rows) else set()
        codes |= {"one_row_taken"} if not part.serial and len(rows) > 1 else set()
        codes |= {"inventory_unavailable"} if any(not row.usable() for row in rows) else set()
        codes |= {"quantity_taken"} if part.serial and count not in (None, len(rows)) else set()
        codes |= self.divided(rows[0], count) if not part.serial else set()

        def apply(answer):
            units = rows if part.serial else [self.part_of(rows[0], count, answer["units"][0]["part_inventory_id"])]
            run = self.name(Run(part, list(units), True, only_steps), answer)
            for unit in units:
                used = {}
                for need in run.needs:
                    # What is in there counts as far as the unit needs it, the part itself before its substitutes (B1).
                    left = need.line.each * len(unit.pieces)
                    inside = [n for n in self.installations if not n.removed and n.unit is unit and need.takes(n.row.part)]
                    for n in sorted(inside, key=lambda n: (n.row.part is not need.line.part, n.need.line.designators != need.line.designators)):
                        counts = min(len(n.row.pieces) - used.get(n, 0), left)
                        if counts:
                            used[n], left = used.get(n, 0) + counts, left - counts
                            need.carried.append((n, counts))
            return [*rows, *units, run]

        return codes, apply

    def move_step(self, run, step, act):
        """A move by itself; what follows for the run follows from the states (S2)."""
        source, target = {
            "start": (("todo",), "in_progress"), "complete": (("in_progress",), "completed"), "retry": (("failed",), "todo"),
            "fail": (("in_progress",), "failed"), "hold": (("todo", "in_progress"), "hold"), "release": (("hold",), step.held_from),
            "cancel": (("todo", "in_progress", "hold"), "canceled"), "restore": (("canceled",), "todo"),
            "reopen": (("completed",), "todo"),
        }[act]
        codes = {"run_completed"} if run.completed else set()
        if step.state not in source:
            codes |= {"move_not_allowed", "already_there"}
        if act == "start" and step.state == "hold":
            codes.add("release_elsewhere")
        if act == "start" and any(up.state != "completed" for up in step.upstream()):
            codes.add("step_not_available")
        if act == "release" and target == "in_progress" and any(up.state != "completed" for up in step.upstream()):
            codes.add("step_not_available")
        if act == "restore" and run.freed and any(not self.as_it_was(unit, run) for unit in run.units):
            codes.add("inventory_unavailable")
        if act in ("restore", "reopen") and any(step.reaches(other) and other.started for other in run.steps):
            codes.add("downstream_started")

        def apply(answer):
            step.go(target)
            if act in ("complete", "cancel"):
                self.complete_if_ready(run)
            return [run, *self.settle(run)]

        return codes, apply

    @staticmethod
    def as_it_was(unit, run):
        """Whether a canceled run can have again what it took (I3)."""
        gone = unit.group or unit.kit or unit.reserved or unit.status in ("scrapped", "installed", "work_in_progress", "never_built")
        return not gone and len(unit.pieces) == run.was[unit]

    def cancel_run(self, run):
        states = [step.state for step in run.steps]
        codes = {"run_completed"} if run.completed else set()
        codes |= set() if {"todo", "in_progress", "hold", "failed"} & set(states) else {"nothing_to_cancel"}

        def apply(answer):
            for step in run.steps:
                if step.state == "failed":
                    step.go("todo")
                if step.state != "completed":
                    step.go("canceled")
            self.complete_if_ready(run)
            return [run, *self.settle(run)]

        return codes, apply

    def complete_if_ready(self, run):
        """C3: the sign-off or cancel that leaves nothing required open completes a run that was never complete before."""
        ready = all(step.state in ("completed", "canceled") for step in run.steps if step.required)
        if ready and not run.records and not run.blockers and not run.waiting:
            run.completed, run.records = True, run.records + 1

    def settle(self, run):
        """What the end of a run frees (B2); its units are what they are by I2."""
        if run.freed:
            run.was = run.was or {unit: len(unit.pieces) for unit in run.units}
        else:
            run.was = {}
        freed = [row for row in self.rows if row.reserved is run and not row.reserved_group] if run.completed or run.status == "canceled" else []
        for row in freed:
            row.reserved = row.kit = None
        return freed + run.units

    def complete_run(self, run, acknowledged):
        """Acknowledged are issues, as they stand now."""
        codes = {"run_completed"} if run.completed else {"completion_blocked"} if run.blockers else set()
        if not codes and any(issue not in acknowledged for issue in run.waiting):
            codes.add("warnings_waiting")

        def apply(answer):
            run.acknowledged |= {(issue, issue.stands, run.records) for issue in acknowledged}
            run.completed, run.records = True, run.records + 1
            return [run, *self.settle(run)]

        return codes, apply

    def consumers(self, run):
        """The live installations that hold what a run built, or was split from it, at all levels up (C6)."""
        found, known = set(), {row for row in self.rows if set(row.line) & set(run.units)}
        while True:
            more = {n for n in self.installations if not n.removed and n.row in known} - found
            if not more:
                return found
            found |= more
            holders = {unit for n in more for unit in n.holders}
            known |= holders | {row for row in self.rows if set(row.line) & holders}

    def reopen_run(self, run, acknowledged):
        codes = set() if run.completed else {"run_not_completed"}
        # What was split off from the run stays apart from it (X9).
        apart = {unit for group in run.groups for unit in group.units}
        mine = [row for row in self.rows if set(row.line) & set(run.units) and row not in apart]
        if any(row.building not in (None, run) or row.group and row.group.run is not run for row in mine):
            codes.add("unit_on_live_run")
        if run.completed and self.consumers(run) - set(acknowledged):
            codes.add("consumers_unacknowledged")

        def apply(answer):
            run.completed = False
            return [run, *run.units]

        return codes, apply

    # --- issues ------------------------------------------------------------------------------------------------------

    def report(self, run, rows):
        def apply(answer):
            issue = Issue(run, rows)
            issue.id = answer["id"]
            self.issues.append(issue)
            if run:
                run.issues.append(issue)
            return [*rows, *([run] if run else [])]

        return set(), apply

    def dispose(self, issue, disposition):
        codes = {"issue_resolved"} if issue.state == "resolved" else set()
        codes |= {"already_disposed"} if issue.disposition == disposition else set()

        def apply(answer):
            issue.disposition, issue.state, issue.stands = disposition, "pending", issue.stands + 1
            return list(issue.rows)

        return codes, apply

    def move_issue(self, issue, act):
        source, target = {
            "start": ("pending", "in_progress"), "submit": ("in_progress", "in_review"), "return": ("in_review", "in_progress"),
            "resolve": ("in_review", "resolved"), "reopen": ("resolved", "in_progress"),
        }[act]
        codes = {"move_not_allowed", "already_there"} if issue.state != source else set()
        codes |= {"disposition_missing"} if issue.disposition is None else set()

        def apply(answer):
            issue.state, issue.stands = target, issue.stands + 1
            return list(issue.rows)

        return codes, apply
