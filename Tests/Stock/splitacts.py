"""Random acts on runs that are split: off, again, onto others, fed, resolved and brought to an outcome."""

from fractions import Fraction

from pieces import Issue
from runacts import RunActs
from runs import OUTCOMES

PATHS = {"merged": "merge", "scrapped": "scrap", "used_as_is": "use-as-is", "returned_to_vendor": "return-to-vendor"}


class SplitActs(RunActs):
    def groups(self):
        return [group for run in self.shop.runs for group in run.groups]

    def read(self, path):
        status, answer = self.client.ask("GET", path)
        assert status == 200, f"GET {path}: {status} {answer}"
        return answer

    def split_off(self):
        """Some of a run's units, or of a group's; what the plan says before is what is done (X8)."""
        source = self.some(self.shop.runs, lambda r: not r.completed and r.status != "canceled" and r.quantity > 1)
        group = self.some(self.groups(), lambda g: not g.closed and g.quantity > 1)
        if group and (not source or self.dice.random() < 0.4):
            source = group
        if not source:
            return None
        run = source if source in self.shop.runs else source.run
        issue = self.some(self.shop.issues, lambda i: i.state != "resolved" and not i.disposition, 0.1)
        place, made = self.dice.choice(self.locations), not issue and self.dice.random() < 0.9
        body = self.body(issue_id=issue and issue.id, issue={"title": "Torn"} if made else None, location_id=place and place.id)
        units, count, strangers = [], None, False
        if run.part.serial == (self.dice.random() < 0.96):
            units = self.dice.sample(source.units, min(len(source.units), self.dice.randint(1, max(1, len(source.units) - (self.dice.random() < 0.9)))))
            if self.dice.random() < 0.06:
                other = self.dice.choice(self.shop.rows)
                strangers = other not in source.units
                units = list(dict.fromkeys([*units, other]))
            if not units:
                return None
            if all(unit.serial for unit in units) and self.dice.random() < 0.5:
                body["serial_numbers"] = [unit.serial for unit in units]
                strangers = not {unit.serial for unit in units} <= {unit.serial for unit in source.units}
            else:
                body["part_inventory_ids"] = [unit.id for unit in units]
        else:
            most = int(source.quantity)
            count = self.dice.randint(1, most - 1) if most > 1 and self.dice.random() < 0.9 else most + self.dice.randint(0, 1)
            count = Fraction(1, 2) if self.dice.random() < 0.04 else count
            body |= self.body(run.part, count)
        codes, effect = self.shop.split_run(source, issue or (Issue(run, []) if made else None), units, count, place, strangers)
        path = f"/v1/runs/{run.id}" if source is run else f"/v1/splits/{source.id}"
        plan = None if codes else self.client.ask("POST", path + "/split-plan", body)

        def apply(answer):
            told = self.read(f"/v1/splits/{answer['split']['id']}")
            done = {**answer, "split": {**answer["split"], "id": None, "issue_id": issue and issue.id}}
            assert plan == (200, done), f"the plan was {plan}, and done is {done}"
            return effect(answer, told, lambda row: self.cut_from(run, row))

        return (codes, apply), path + "/split", body, [run]

    def cut_from(self, run, row):
        """The row that was just split off a reserved one."""
        known = {r.id for r in self.shop.rows}
        found = self.read(f"/v1/inventory?part_id={row.part.id}&reserved_run_id={run.id}&limit=200")["items"]
        (id,) = [r["id"] for r in found if r["origin_id"] == row.id and r["id"] not in known]
        return id

    def fit(self, owner, need, row, count, unit):
        body = self.body(row.part, count, build_requirement_id=need.id, part_inventory_id=row.id, assembly_inventory_id=unit and unit.id)
        path = f"/v1/runs/{owner.id}" if owner in self.shop.runs else f"/v1/splits/{owner.id}"
        return self.shop.install(owner, need, row, count, unit), f"{path}/installations", body, [row, need.run]

    def feed_group(self):
        group = self.some(self.groups(), lambda g: not g.closed)
        need = group and self.some(group.needs, lambda n: n.open > 0)
        if need and self.dice.random() < 0.04:
            need = self.dice.choice(self.dice.choice([r for r in self.shop.runs if r.needs]).needs)
        row = need and self.row(lambda r: need.takes(r.part) and r.usable(group.run))
        if not row:
            return None
        count = None if self.dice.random() < 0.4 else self.count(row, 0.1)
        return self.fit(group, need, row, count, self.dice.choice([None, *group.units]))

    def resolve(self):
        made = self.some(self.shop.installations, lambda n: n.sharers, 0.01)
        if not made or made.need.owner.closed or not made.row.pieces:
            return None
        there, one = len(made.row.pieces), self.dice.random() < 0.5
        members = [m for m in made.need.family if m in made.members or self.dice.random() < 0.05]
        self.dice.shuffle(members)
        given = []
        if one or there < 2 or len(members) < 2:
            given = [(members[0], self.dice.choice([None, there, there, there + 1 if self.dice.random() < 0.2 else there]), None)]
        else:
            cut = self.dice.randint(1, there - 1)
            given = [(members[0], cut, None), (members[1], there - cut, None)]
            if self.dice.random() < 0.1 and made.row.part.size == 1:
                given[0] = (members[0], Fraction(cut) - Fraction(1, 2), None)
        given = [(need, count, self.dice.choice([None, *need.owner.units]) if self.dice.random() < 0.4 else None) for need, count, _ in given]
        assignments = [
            self.body(made.row.part, count, assembly_inventory_id=unit and unit.id)
            | {"split_id": need.owner.id if need.owner is not made.need.run else None}
            for need, count, unit in given
        ]
        # What has one unit is named by it.
        given = [(need, count, unit or (need.owner.units[0] if len(need.owner.units) == 1 else None)) for need, count, unit in given]
        return self.shop.resolve(made, given), f"/v1/installations/{made.id}/resolve", {"assignments": assignments}, [made.row, made.need.run]

    def close(self):
        group = self.some(self.groups(), lambda g: not g.closed and g.issue.disposition)
        if not group:
            return None
        fit = OUTCOMES.get(group.issue.disposition, ()) if self.dice.random() < 0.9 else PATHS
        outcome = self.dice.choice([o for o in fit if o in PATHS] or ["scrapped"])
        codes, effect = self.shop.close(group, outcome)
        def found(row):
            return self.read(f"/v1/inventory/{row.id}")["installation_id"]

        path = f"/v1/splits/{group.id}/{PATHS[outcome]}"
        return (codes, lambda answer: effect(answer, found)), path, {"reason": "So it is decided."}, [group.run, *group.units]

    def decide(self):
        """What brings a group to its end: a disposition, then what it shares, then the outcome."""
        group = self.some(self.groups(), lambda g: not g.closed, 0)
        if not group:
            return None
        shared = [n for need in group.needs for n in need.shared]
        if not group.issue.disposition and group.issue.state != "resolved":
            kind = self.dice.choice(list(self.dispositions))
            body = {"disposition_type_id": self.dispositions[kind]}
            return self.shop.dispose(group.issue, kind), f"/v1/issues/{group.issue.id}/dispose", body, list(group.issue.rows)
        if shared and self.dice.random() < 0.6:
            made = self.dice.choice(shared)
            need = max(made.members, key=lambda m: m.room)
            body = {"assignments": [{"split_id": need.owner.id if need.owner is not group.run else None}]}
            unit = need.owner.units[0] if len(need.owner.units) == 1 else None
            judged = self.shop.resolve(made, [(need, None, unit)])
            return judged, f"/v1/installations/{made.id}/resolve", body, [made.row, group.run]
        return self.close()

    def scrap_run(self):
        run = self.run(lambda r: not r.completed and r.groups, 0.3)
        return run and (self.shop.scrap_run(run), f"/v1/runs/{run.id}/scrap", {"reason": "All is burnt."}, [run, *run.units])
