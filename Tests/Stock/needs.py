"""What runs, and the groups that were split off from them, need and have: requirements, installations, exceptions."""


class Installation:
    """A whole row in a unit, or in a run of several units as a whole; live until it is removed.

    `sharers` are the requirements of groups since split off that it may be in as well: then it is nobody's own (X4).
    """

    def __init__(self, id, need, row, unit):
        self.id, self.need, self.row, self.unit, self.removed, self.sharers, self.kept = id, need, row, unit, False, [], 0
        need.installations.append(self)
        row.installation, row.location, row.reserved, row.reserved_group, row.kit = self, None, None, None, None

    @property
    def members(self):
        return [self.need, *self.sharers]

    @property
    def holders(self):
        """The units that it can be in."""
        return [self.unit] if self.unit else self.need.owner.units

    def end(self):
        self.removed, self.sharers, self.row.installation = True, [], None


class Requirement:
    """What a run, or a group that was split off from it, needs of one line."""

    def __init__(self, run, line, step, owner):
        self.id, self.run, self.line, self.step, self.owner = None, run, line, step, owner
        # `carried` are installations of earlier runs in units that this one took, with how much of each counts (B1).
        self.installations, self.exceptions, self.carried = [], [], []

    @property
    def needed(self):
        return self.line.each * self.owner.quantity

    @property
    def live(self):
        return [n for n in self.installations if not n.removed]

    @property
    def installed(self):
        """What is its own alone, with what a later run took out of a completed one's units: the record keeps it (B4)."""
        return sum(len(n.row.pieces) for n in self.live if not n.sharers) + sum(n.kept for n in self.installations)

    @property
    def there(self):
        """What was in the units before the run took them (B1)."""
        return sum(count for _, count in self.carried)

    def in_units(self, units):
        """What is its own, or was there, and names one of some units."""
        own = sum(len(n.row.pieces) for n in self.live if not n.sharers and n.unit in units)
        return own + sum(count for n, count in self.carried if n.unit in units)

    @property
    def in_whole(self):
        """What is its own and may be in any of its units."""
        return [n for n in self.live if not n.sharers and (n.unit is None or not self.run.part.serial)]

    @property
    def shared(self):
        """The live installations that may be its own, or another group's."""
        return [n for need in self.family for n in need.live if n.sharers and self in n.members]

    @property
    def excepted(self):
        return sum(x.count for x in self.exceptions)

    @property
    def room(self):
        """What it needs beside what is its own."""
        return self.needed - self.installed - self.excepted - self.there

    @property
    def family(self):
        """The same line's requirements of the run and of all its open groups."""
        here = self.owner.needs.index(self)
        return [owner.needs[here] for owner in [self.run, *self.run.groups] if owner is self.owner or not owner.closed]

    def resolvable(self, more=0):
        """Whether what is shared could be resolved so that no one has more than it needs, were there more of its own (X3)."""
        room = {need: need.room - (more if need is self else 0) for need in self.family}
        held = {need: [] for need in room}

        def place(members, tried):
            for need in members:
                if need not in tried:
                    tried.add(need)
                    if len(held[need]) < room[need]:
                        held[need].append(members)
                        return True
                    for n, other in enumerate(held[need]):
                        if place(other, tried):
                            held[need][n] = members
                            return True
            return False

        pieces = [n.members for need in room for n in need.live if n.sharers for _ in n.row.pieces]
        return min(room.values()) >= 0 and all(place(members, set()) for members in pieces)

    @property
    def open(self):
        """What it could still be given (X3)."""
        if not self.shared:
            return self.room
        return max((n for n in range(self.room + 1) if self.resolvable(n)), default=self.room if self.room < 0 else 0)

    def space(self, unit):
        """What one named unit of several could still be given (B2); None where that is no less than all that is needed."""
        if unit is None or not self.run.part.serial or self.line.each >= self.needed:
            return None
        return self.line.each - sum(len(n.row.pieces) for n in self.live if n.unit is unit and not n.sharers)

    def takes(self, part):
        return part is self.line.part or part in self.line.substitutes

    def expected(self):
        text = self.line.part.text
        return {
            "part_id": self.line.part.id, "quantity_needed": text(self.needed), "quantity_installed": text(self.installed),
            "quantity_excepted": text(self.excepted), "quantity_carried": text(self.there),
            "quantity_shared": text(sum(len(n.row.pieces) for n in self.shared)),
        }


class Exception_:
    """So many pieces that are not needed after all, by an issue (B5); without an id, where a split divided it."""

    def __init__(self, id, count, issue):
        self.id, self.count, self.issue = id, count, issue
