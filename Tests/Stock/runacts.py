"""Random acts on runs: created, fed, moved on, completed and opened again; and issues about them."""

from acts import Acts, Fraction


class RunActs(Acts):
    def run(self, fit=lambda run: not run.completed, wild=0.06):
        return self.some(self.shop.runs, fit, wild)

    def create_run(self):
        part = self.dice.choice(self.products)
        if sum(not run.completed and run.status != "canceled" for run in self.shop.runs if run.part is part) > 3:
            return None
        count = self.dice.randint(1, 4 if part.serial else 6)
        serials, lot, twin = [], None, None
        if part.serial == (self.dice.random() < 0.97) and self.dice.random() < 0.8:
            serials = [self.fresh("U") for _ in range(count + (self.dice.random() < 0.04))]
            twin = self.some([r for r in self.shop.rows if r.part is part and r.serial]) if self.dice.random() < 0.05 else None
            serials[0] = twin.serial if twin else serials[0]
        if (part.tracking == "lot") == (self.dice.random() < 0.97) and self.dice.random() < 0.8:
            lot = self.dice.choice(["L1", self.fresh("L")])
        if part.serial and self.dice.random() < 0.03:
            count += Fraction(1, 2)
        body = self.body(part, count, procedure_id=part.procedure, serial_numbers=serials or None, lot_number=lot)
        return self.shop.create_run(part, count, serials, lot, twin is not None), "/v1/runs", body, []

    def take_run(self):
        """A run of what is there, to work on it again."""
        part = self.dice.choice(self.products)
        rows = [r for r in self.shop.rows if r.part is part]
        if sum(not run.completed and run.status != "canceled" and run.taken for run in self.shop.runs if run.part is part) > 2:
            return None
        row = self.some(rows, lambda r: r.usable())
        if not row:
            return None
        more = [r for r in rows if r.usable() and r is not row]
        taken = [row, *self.dice.sample(more, min(len(more), self.dice.randrange(3)))] if part.serial or self.dice.random() < 0.05 else [row]
        if self.dice.random() < 0.04:
            taken = list(dict.fromkeys([*taken, self.dice.choice(self.shop.rows)]))
        count = self.count(row, 0.5) if not part.serial else self.dice.choice([None, None, None, len(taken), 7])
        only = self.dice.random() < 0.4
        body = self.body(part, count, procedure_id=part.procedure, part_inventory_ids=[r.id for r in taken], requirements="procedure" if only else None)
        return self.shop.take_run(part, taken, count, only), "/v1/runs", body, taken

    # --- installations -----------------------------------------------------------------------------------------------

    def install(self):
        """Anything into anything, mostly what is needed."""
        run = self.run()
        if not run:
            return None
        need = self.some(run.needs, lambda n: n.open > 0)
        if self.dice.random() < 0.02 or not need:
            need = self.dice.choice(self.dice.choice([r for r in self.shop.runs if r.needs]).needs)
        row = self.row(lambda r: need.takes(r.part) and r.usable(run))
        if not row:
            return None
        unit = self.dice.choice([None, *run.units])
        if self.dice.random() < 0.04:
            unit = self.dice.choice(self.shop.rows)
        return self.fit(run, need, row, None if self.dice.random() < 0.3 else self.count(row, 0.1), unit)

    def feed(self):
        """What brings a run to its end: as much as one unit, or the whole of a run, needs."""
        run = self.run(lambda r: not r.completed and r.status != "canceled")
        need = run and self.some(run.needs, lambda n: n.open > 0, 0)
        row = need and self.row(lambda r: need.takes(r.part) and r.usable(run), 0)
        if not row:
            return None
        if not run.part.serial:
            return self.fit(run, need, row, None, None)
        held = {unit: sum(len(n.row.pieces) for n in need.installations if not n.removed and n.unit is unit) for unit in run.units}
        unit = min(run.units, key=lambda u: held[u])
        if need.line.part.lot_traceability and self.dice.random() < 0.5:
            return self.fit(run, need, row, None, None)
        count = min(need.line.each - held[unit], len(row.pieces))
        return self.fit(run, need, row, count, unit) if count > 0 else None

    def uninstall(self):
        # Out of a run as a whole, a part comes to lie where one of the units is: only where that is one place do seeds repeat.
        sure = [n for n in self.shop.installations if n.removed or len(n.row.places) == 1]
        made = self.some(sure, lambda n: not n.removed and (not n.need.run.completed or n.unit and n.unit.building))
        path = made and f"/v1/installations/{made.id}/uninstall"
        return made and (self.shop.uninstall(made), path, {"reason": "Bent."}, [made.row, made.need.run])

    def except_(self):
        issue = self.some(self.shop.issues, lambda i: i.state != "resolved")
        run = self.run(lambda r: not r.completed and (not issue or issue.run in (None, r)))
        # Of what is cut, a split would give a group a share in thirds of a cut.
        need = run and issue and self.some([n for n in run.needs if n.line.part.size == 1], lambda n: n.open > 0)
        if not need:
            return None
        count = self.dice.choice([None, 1, max(1, need.open), need.open + 1 if need.open >= 0 else 1])
        body = self.body(need.line.part, count, issue_id=issue.id, reason="It works without.")
        return self.shop.except_(need, issue, count), f"/v1/build-requirements/{need.id}/except", body, [need.run]

    def withdraw(self):
        known = [x for x in self.shop.exceptions if x[1] not in x[0].exceptions or not x[0].owner.closed]
        one = self.some(known, lambda x: x[1] in x[0].exceptions)
        if not one:
            return None
        need, made = one
        return self.shop.withdraw(need, made), f"/v1/requirement-exceptions/{made.id}/withdraw", {"reason": "It does not."}, [need.run]

    # --- steps and runs ----------------------------------------------------------------------------------------------

    def moved(self, run, step, act):
        body = {"reason": "So it is."} if act in ("hold", "fail", "cancel", "reopen") else None
        return self.shop.move_step(run, step, act), f"/v1/steps/{step.id}/{act}", body, [run]

    def step(self):
        """The next step of a run, started or signed off."""
        run = self.run(lambda r: not r.completed and r.status != "canceled", 0)
        if not run:
            return None
        going = [s for s in run.steps if s.state == "in_progress"]
        if going and self.dice.random() < 0.7:
            return self.moved(run, self.dice.choice(going), "complete")
        ready = [s for s in run.steps if s.state == "todo" and all(up.state == "completed" for up in s.upstream())]
        return self.moved(run, self.dice.choice(ready), "start") if ready else None

    def any_step(self):
        act = self.dice.choice(["start", "complete", "hold", "release", "release", "fail", "retry", "retry", "cancel", "restore", "restore", "reopen"])
        fit = {"release": ("hold",), "retry": ("failed",), "restore": ("canceled",), "reopen": ("completed",), "complete": ("in_progress",),
               "fail": ("in_progress",), "hold": ("todo", "in_progress")}.get(act, ("todo",))
        choices = [(run, step) for run in self.shop.runs for step in run.steps]
        chosen = self.some(choices, lambda x: not x[0].completed and x[1].state in fit, 0.1)
        return chosen and self.moved(*chosen, act)

    def cancel_run(self):
        run = self.run()
        return run and (self.shop.cancel_run(run), f"/v1/runs/{run.id}/cancel", {"reason": "The order is withdrawn."}, [run])

    def complete_run(self):
        run = self.run(lambda r: not r.completed and not r.blockers, 0.1) or self.run()
        if not run:
            return None
        given = [i for i in run.issues if i.state != "resolved" and self.dice.random() < 0.9]
        body = {"acknowledged": [{"kind": "open_issue", "subject_id": i.id, "stands": str(i.stands)} for i in given]}
        return self.shop.complete_run(run, given), f"/v1/runs/{run.id}/complete", body, [run, *run.units]

    def reopen_run(self):
        run = self.run(lambda r: r.completed)
        if not run:
            return None
        known = self.shop.consumers(run) if run.completed else set()
        given = [n for n in self.shop.installations if n in known and self.dice.random() < 0.9]
        body = {"reason": "A bolt was loose.", "acknowledged": [n.id for n in given]}
        return self.shop.reopen_run(run, given), f"/v1/runs/{run.id}/reopen", body, [run, *run.units]

    # --- issues ------------------------------------------------------------------------------------------------------

    def report(self):
        rows = [r for r in dict.fromkeys(self.row() for _ in range(self.dice.randrange(3))) if r]
        run = self.run() if self.dice.random() < 0.4 else None
        body = {"title": "Scratched", "part_inventory_ids": [r.id for r in rows], **({"run_id": run.id} if run else {})}
        return self.shop.report(run, rows), "/v1/issues", body, []

    def dispose(self):
        issue = self.some(self.shop.issues, lambda i: i.state != "resolved" and not i.disposition)
        if not issue:
            return None
        kind = self.dice.choice(list(self.dispositions))
        body = {"disposition_type_id": self.dispositions[kind]}
        return self.shop.dispose(issue, kind), f"/v1/issues/{issue.id}/dispose", body, list(issue.rows)

    def move_issue(self):
        issue = self.some(self.shop.issues, lambda i: i.disposition and i.state != "resolved")
        if not issue:
            return None
        act = {"pending": "start", "in_progress": "submit", "in_review": "resolve", "resolved": "reopen"}[issue.state]
        if self.dice.random() < 0.15:
            act = self.dice.choice(["start", "submit", "return", "resolve", "reopen"])
        body = {"reason": "Look again."} if act in ("return", "reopen") else {} if act == "resolve" else None
        return self.shop.move_issue(issue, act), f"/v1/issues/{issue.id}/{act}", body, list(issue.rows)
