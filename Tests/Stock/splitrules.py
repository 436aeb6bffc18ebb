"""What the rules say of splitting units off a run, of what the groups share, and of what becomes of them (X1-X9)."""

from decimal import ROUND_FLOOR, Decimal

from needs import Exception_, Installation
from runrules import Runs
from runs import Group


class Shop(Runs):
    """The model."""

    def split_run(self, source, issue, units, count, location, strangers):
        """Some units of a run, or of a group, onto an issue; `count` is said where the units are no serials, `strangers` where
        some that are named are not there."""
        run = source if source in self.runs else source.run
        leaving = len(units) if units else count
        codes = {"split_closed"} if source.closed else set()
        codes |= {"run_ended"} if source is run and (run.completed or run.status == "canceled") else set()
        codes |= {"issue_missing"} if issue is None else {"issue_resolved"} if issue.state == "resolved" else set()
        codes |= {"unit_not_on_run"} if strangers else set()
        codes |= {"serial_not_tracked"} if units and not run.part.serial else set()
        codes |= {"units_not_named"} if run.part.serial and not units else set()
        codes |= {"fraction_of_a_unit"} if leaving != int(leaving) else set()
        codes |= {"split_is_a_part"} if leaving >= source.quantity else set()
        moved = units if run.part.serial else source.units
        if any(unit.installation or unit.scrapped or unit.status == "never_built" or units and not unit.pieces for unit in moved):
            codes.add("unit_not_splittable")
        if not run.part.serial and any(need.carried for owner in [run, *run.groups] for need in owner.needs):
            codes.add("carried_undivided")
        codes |= {"not_enough"} if not run.part.serial and leaving >= len(source.units[0].pieces) else set()
        if not codes and not self.divisible(source, set(units), leaving):
            codes |= {"split_above_need", "above_need"}

        def apply(answer, told, find):
            if issue.id is None:
                issue.id = answer["split"]["issue_id"]
                self.issues.append(issue)
                run.issues.append(issue)
            reserved = self.reserved(source, leaving)
            excepted = [self.leaving(need, set(units), leaving) for need in source.needs]
            if not run.part.serial:
                group_units = [source.units[0].split(leaving)]
                group_units[0].id = told["units"][0]["part_inventory_id"]
                group_units[0].runs.append(run)
                self.rows += group_units
            else:
                group_units = list(units)
                source.units = [unit for unit in source.units if unit not in units]
            passed = run.passed if source is run else set(source.passed)
            group = Group(run, source, issue, group_units, passed)
            group.id = told["id"]
            lines = {line["build_requirement_id"]: line["id"] for line in told["requirements"]}
            for need, origin in zip(group.needs, source.needs, strict=True):
                need.id = lines[origin.id]
            self.share(source, group)
            for need, origin, count in zip(group.needs, source.needs, excepted, strict=True):
                self.divide_exceptions(origin, need, count)
            source.quantity -= group.quantity
            for unit in group_units:
                unit.group, unit.location = group, location or unit.location
                # From here on its own issue decides about it.
                if source is not run and source.issue in unit.issues:
                    unit.issues.remove(source.issue)
                    source.issue.rows.remove(unit)
                if issue not in unit.issues:
                    unit.issues.append(issue)
                    issue.rows.append(unit)
            kept = []
            for row, count in reserved:
                part = self.part_of(row, count, None)
                part.reserved_group = group
                part.id = part.id or find(row)
                kept += [row, part]
            return [run, *group_units, *source.units, *kept]

        return codes, apply

    @staticmethod
    def divisible(source, units, leaving):
        """Whether both groups would be within their needs, were it done (X3): what names a unit follows it, what is excepted is
        divided, and what went into the whole may be in either."""
        for need in source.needs:
            follows, whole = need.in_units(units), need.in_whole
            stays = need.installed + need.there - follows - sum(len(n.row.pieces) for n in whole)
            gone = Shop.leaving(need, units, leaving)
            rooms = [need.line.each * (source.quantity - leaving) - stays - (need.excepted - gone), need.line.each * leaving - follows - gone]
            if min(rooms) < 0 or sum(rooms) < sum(len(n.row.pieces) for n in whole):
                return False
            if need.shared and not Shop.divisible_among(need, rooms, whole):
                return False
        return True

    @staticmethod
    def divisible_among(need, rooms, whole):
        """The same with more groups that share something: by the sets of them, each within its rooms."""
        others = [other for other in need.family if other is not need]
        room = {other: other.room for other in others} | {"stays": rooms[0], "leaves": rooms[1]}
        items = [({"stays", "leaves"}, len(n.row.pieces)) for n in whole]
        for n in {n for other in need.family for n in other.live if n.sharers}:
            members = {m for m in n.members if m is not need} | ({"stays", "leaves"} if need in n.members else set())
            items.append((members, len(n.row.pieces)))
        names = list(room)
        for chosen in range(1 << len(names)):
            some = {name for n, name in enumerate(names) if chosen >> n & 1}
            if sum(count for members, count in items if members <= some) > sum(room[name] for name in some):
                return False
        return True

    @staticmethod
    def leaving(need, units, leaving):
        """How much of what is excepted is the group's: in proportion, in whole units, but no more stays or leaves than is needed."""
        of, part = need.owner.quantity, need.line.part
        follows, whole = need.in_units(units), sum(len(n.row.pieces) for n in need.in_whole)
        stays = need.installed + need.there - follows - whole
        share = need.excepted * leaving // of if part.size == 1 else need.excepted * Decimal(leaving) / of
        share = max(share, need.excepted - (need.line.each * (of - leaving) - stays))
        return max(0, min(share, need.excepted, need.line.each * leaving - follows))

    def reserved(self, source, leaving):
        """What of the reserved stock follows the units (X6): of each part its proportion, never below a unit, first rows first."""
        run = source if source in self.runs else source.run
        group = None if source is run else source
        taken = []
        for part in {row.part: None for row in self.rows}:
            rows = sorted((r for r in self.rows if r.part is part and r.reserved is run and r.reserved_group is group and r.pieces), key=lambda r: r.id)
            whole = (sum(len(r.pieces) for r in rows) * part.size * leaving / source.quantity).to_integral_value(ROUND_FLOOR)
            rest = int(whole / part.size)
            for row in rows:
                count = min(rest, len(row.pieces))
                if count < len(row.pieces):
                    count = int((count * part.size).to_integral_value(ROUND_FLOOR) / part.size)
                rest -= min(rest, len(row.pieces))
                taken += [(row, count)] if count else []
        return taken

    @staticmethod
    def share(source, group):
        """X4: what names a unit follows it; what was made to the whole, or was shared by it, is shared by the group as well."""
        for need, origin in zip(group.needs, source.needs, strict=True):
            need.carried = [c for c in origin.carried if c[0].unit in group.units]
            origin.carried = [c for c in origin.carried if c not in need.carried]
            for n in [n for other in origin.family for n in other.live]:
                if n.need is origin and not n.sharers and n.unit in group.units:
                    origin.installations.remove(n)
                    need.installations.append(n)
                    n.need = need
                elif n.need is origin and (n.sharers or n.unit is None or not group.run.part.serial) or origin in n.sharers:
                    n.sharers.append(need)

    @staticmethod
    def divide_exceptions(origin, need, count):
        """So much of what is excepted, first ones first, is the group's; what is divided is made anew."""
        for made in list(origin.exceptions):
            taken = min(count, made.count)
            if taken:
                origin.exceptions.remove(made)
                need.exceptions.append(Exception_(None, taken, made.issue))
                if taken < made.count:
                    origin.exceptions.append(Exception_(None, made.count - taken, made.issue))
                count -= taken

    def resolve(self, made, given):
        """Whose a shared installation is: (need, pieces or None for all, unit or None) for each."""
        there = len(made.row.pieces)
        amounts = [there if count is None else count for _, count, _ in given]
        codes = set() if made.sharers else {"not_shared"}
        codes |= {"group_not_sharing"} if any(need not in made.members for need, _, _ in given) else set()
        codes |= {"unit_not_on_run"} if any(unit and unit not in need.owner.units for need, _, unit in given) else set()
        for (need, _, unit), amount in zip(given, amounts):
            space = need.space(unit)
            codes |= {"above_need_of_unit"} if space is not None and amount > space else set()
        codes |= {"resolution_incomplete"} if sum(amounts) != there else set()
        codes |= {"resolves_to_one"} if len(given) > 1 and (made.row.part.serial or made.need.line.designators) else set()
        part = made.row.part
        codes |= {"fraction_of_a_unit"} if part.size == 1 and any(a != int(a) for a in amounts) else set()
        if codes <= {"above_need_of_unit"}:
            # As if it were done: what is given is the groups' own, and what else is shared must still fit.
            room = {need: need.room - sum(a for (other, _, _), a in zip(given, amounts) if other is need) for need in made.need.family}
            codes |= {"above_need"} if not self.fits(room, made) else set()

        def apply(answer):
            told = answer["installations"]
            touched = [made.need.run, made.row]
            if [n["id"] for n in told] == [made.id]:
                made.sharers = []
                return touched
            needs = {need.id: need for need in made.members}
            row = made.row
            made.end()
            # What stays in the row is what is left of it.
            for n in sorted(told, key=lambda n: n["part_inventory_id"] == row.id):
                need = needs[n["build_requirement_id"]]
                piece = row if n["part_inventory_id"] == row.id else self.part_of(row, row.part.count(n["quantity"]), n["part_inventory_id"])
                unit = next((u for u in need.owner.units if u.id == n["assembly_inventory_id"]), None)
                self.installations.append(Installation(n["id"], need, piece, unit))
                touched.append(piece)
            return touched

        return codes, apply

    @staticmethod
    def fits(room, but):
        """Whether all that is shared but one can still be resolved into the rooms."""
        items = [(n.members, len(n.row.pieces)) for n in {n for need in room for n in need.live if n.sharers and n is not but}]
        needs = list(room)
        for chosen in range(1 << len(needs)):
            some = {need for n, need in enumerate(needs) if chosen >> n & 1}
            if sum(count for members, count in items if set(members) <= some) > sum(room[need] for need in some):
                return False
        return True

    def close(self, group, outcome):
        """What becomes of a group's units (X7)."""
        codes = group.obstacles(outcome)
        if outcome == "returned_to_vendor" and not codes:
            codes |= {"inventory_unavailable"} if any(unit.hold for unit in group.units) else set()
            stuck = [i for unit in group.units for i in unit.issues if i.keeps and i.disposition != "permanently_unavailable"]
            codes |= {"issue_keeps_it"} if stuck else set()

        def apply(answer, find):
            run, kept = group.run, [row for row in self.rows if row.reserved_group is group]
            group.outcome = outcome
            for row in kept:
                row.reserved_group = None
                if outcome != "merged":
                    row.reserved = row.kit = None
            units = list(group.units)
            for unit in units:
                unit.group = None
                if outcome in ("scrapped", "returned_to_vendor"):
                    unit.leave("scrapped" if outcome == "scrapped" else "shipped")
            if outcome == "merged":
                units += self.merge_group(group, find)
            return [run, *units, *run.units, *kept]

        return codes, apply

    def merge_group(self, group, find):
        """The units are the run's again, with all that is in them."""
        run, moved = group.run, []
        run.quantity += group.quantity
        if run.part.serial:
            run.units += group.units
            home = None
        else:
            (home,), (left,) = run.units, group.units
            left.give(len(left.pieces), home)
            left.merged_into = home
        for need, origin in zip(group.needs, run.needs, strict=True):
            for n in origin.live:
                n.sharers = [sharer for sharer in n.sharers if sharer is not need]
            origin.exceptions += [Exception_(None, x.count, x.issue) for x in need.exceptions]
            need.exceptions = []
            origin.carried, need.carried = origin.carried + need.carried, []
            for n in need.live:
                if n.unit in group.units and home is None:
                    need.installations.remove(n)
                    origin.installations.append(n)
                    n.need = origin
                else:
                    # It is in the whole of another: a new record continues the old one (B6).
                    n.end()
                    self.installations.append(Installation(find(n.row), origin, n.row, home))
                    moved.append(n.row)
        if run.part.serial:
            # It keeps what it was of: its units, by name, are the run's.
            group.units = []
        return moved

    def scrap_run(self, run):
        codes = {"run_completed"} if run.completed else set()
        codes |= set() if {"todo", "in_progress", "hold", "failed"} & {step.state for step in run.steps} else {"nothing_to_cancel"}
        codes |= {"installation_shared"} if any(need.shared for need in run.needs) else set()
        codes |= {"installed_is_whole"} if any(unit.installation for unit in run.units) else set()

        def apply(answer):
            touched = self.cancel_run(run)[1](answer)
            for unit in run.units:
                unit.leave("scrapped")
            return touched

        return codes, apply
