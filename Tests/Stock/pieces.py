"""What the model of the shop consists of: every physical piece by itself, and where it is.

A piece is one unit of a part or, of a part that is cut, the smallest cut. Whatever the service stores as a sum or derives as a
status is here counted or read off anew from the pieces each time it is asked for.
"""

from decimal import Decimal


class Part:
    """A part at one revision; its pieces are `size` of its unit each."""

    def __init__(self, name, tracking, size="1", lot_traceability=False):
        self.name, self.tracking, self.size, self.lot_traceability = name, tracking, Decimal(size), lot_traceability
        self.id, self.lines, self.procedure, self.step_lines = None, [], None, {}

    @property
    def serial(self):
        return self.tracking == "serial"

    def text(self, pieces):
        """So many pieces, as the service writes a quantity."""
        return format((pieces * self.size).normalize(), "f")

    def count(self, text):
        """The pieces of a quantity that the service wrote; a part of a piece has no place in the model."""
        pieces = Decimal(text) / self.size
        assert pieces == pieces.to_integral_value(), f"{text} of {self.name}"
        return int(pieces)


class Line:
    """A line of an mBOM, or what a procedure's step demands: so many pieces a unit."""

    def __init__(self, part, each, substitutes=(), designators=()):
        self.part, self.each, self.substitutes, self.designators = part, each, tuple(substitutes), tuple(designators)


class Piece:
    """One physical unit; `place` is a row that holds it, or why no row does."""

    __slots__ = ("place",)

    def __init__(self, place):
        self.place = place


class Row:
    """A row of part inventory: the pieces that it holds, those that left it by scrap or shipping, and what was said of it."""

    def __init__(self, part, serial=None, lot=None, location=None, expired=False, origin=None):
        self.id, self.part, self.serial, self.lot = None, part, serial, lot
        self.location, self.expired, self.origin = location, expired, origin
        self.pieces, self.scrapped, self.shipped, self.merged_into = [], [], [], None
        self.hold, self.reserved, self.reserved_group, self.kit, self.issues = None, None, None, None, []
        self.installation, self.runs, self.group = None, [], None

    def split(self, count):
        """So many of the pieces, in a row of their own that is as this one is (I5)."""
        part = Row(self.part, None, self.lot, self.location, self.expired, self)
        part.hold, part.reserved, part.reserved_group, part.kit = self.hold, self.reserved, self.reserved_group, self.kit
        self.give(count, part)
        return part

    def give(self, count, row):
        moved = self.pieces[len(self.pieces) - count:]
        del self.pieces[len(self.pieces) - count:]
        for piece in moved:
            assert piece.place is self
            piece.place = row
        row.pieces += moved

    def leave(self, why, count=None):
        """So many pieces, all unless said, leave the row; they are remembered where they may come back from."""
        count = len(self.pieces) if count is None else count
        gone = self.pieces[len(self.pieces) - count:]
        del self.pieces[len(self.pieces) - count:]
        for piece in gone:
            piece.place = why
        if why in ("scrapped", "shipped"):
            getattr(self, why).extend(gone)
        return gone

    def come_back(self, why, count):
        back = getattr(self, why)
        for _ in range(count):
            piece = back.pop()
            assert piece.place == why
            piece.place = self
            self.pieces.append(piece)

    @property
    def building(self):
        """The live run that builds it (I3). A group that was split off is none (X9), nor a run that took it and is canceled (I2)."""
        return next((run for run in self.runs if not run.completed and self in run.units and not run.freed), None)

    @property
    def issue_hold(self):
        return any(issue.keeps for issue in self.issues)

    @property
    def status(self):
        """I2, first match wins."""
        if self.scrapped:
            return "scrapped"
        if self.installation:
            return "installed"
        if self.building:
            return "never_built" if self.building.status == "canceled" else "work_in_progress"
        if self.group or self.issue_hold or self.hold or not self.pieces:
            return "unavailable"
        return "kitted" if self.kit else "reserved" if self.reserved else "available"

    def usable(self, run=None):
        """Whether it may be used, for a run or at all (I2, B2)."""
        if self.status in ("scrapped", "installed", "work_in_progress", "never_built", "unavailable"):
            return False
        if self.expired or self.location and not self.location.available:
            return False
        return self.status == "available" or run is not None and self.reserved is run

    @property
    def unidentified(self):
        return self.part.serial and not self.serial or self.part.tracking == "lot" and not self.lot

    @property
    def line(self):
        """It and all that it was split from."""
        return [self] + (self.origin.line if self.origin else [])

    @property
    def places(self):
        """Where it can be: its own place, or that of what it is in. In a run as a whole it can be in any of the run's units."""
        if not self.installation:
            return {self.location}
        return set().union(*(unit.places for unit in self.installation.holders))

    def inside(self, row):
        """Whether it is a row, or in it, at any depth."""
        return self is row or self.installation is not None and any(unit.inside(row) for unit in self.installation.holders)

    def expected(self):
        """What the service must say of it."""
        text = self.part.text
        return {
            "part_id": self.part.id, "serial_number": self.serial, "lot_number": self.lot, "quantity": text(len(self.pieces)),
            "status": self.status, "issue_hold": self.issue_hold, "hold_reason": self.hold,
            "reserved_run_id": self.reserved and self.reserved.id, "kit_name": self.kit,
            "reserved_split_id": self.reserved_group and self.reserved_group.id, "run_split_id": self.group and self.group.id,
            "quantity_scrapped": text(len(self.scrapped)), "quantity_shipped": text(len(self.shipped)),
            "merged_into_id": self.merged_into and self.merged_into.id, "origin_id": self.origin and self.origin.id,
            "installation_id": self.installation and self.installation.id,
            "building_run_id": self.building and self.building.id,
        }


class Location:
    def __init__(self, available=True):
        self.id, self.available = None, available


class Issue:
    """What keeps rows from use until its disposition frees them (Q1)."""

    def __init__(self, run, rows):
        self.id, self.run, self.rows, self.state, self.disposition, self.stands = None, run, rows, "pending", None, 1
        for row in rows:
            row.issues.append(self)

    @property
    def keeps(self):
        if self.disposition == "available_immediately":
            return False
        return self.disposition == "permanently_unavailable" or self.state != "resolved"
