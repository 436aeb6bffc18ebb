"""What the rules say of each act, read off the pieces.

Each act answers two things: the codes of all the rules that refuse it (whichever of these the service finds first is right; none:
it must succeed), and what it does when it is done, given the service's answer, from which new rows take their ids. What an
act has touched is what it returns: rows and runs.
"""

from pieces import Piece


class Stock:
    """Every row, run, installation and issue that there is, all pieces that ever were, and what is done with rows."""

    def __init__(self):
        self.rows, self.runs, self.installations, self.issues, self.exceptions = [], [], [], [], []
        self.pieces = []

    # --- stock -------------------------------------------------------------------------------------------------------

    def make(self, row, count):
        made = [Piece(row) for _ in range(count)]
        row.pieces += made
        self.pieces += made

    @staticmethod
    def loose(row):
        """What has the row, so that its quantity may not change (B2, I3, I4)."""
        codes = {"inventory_merged"} if row.merged_into else set()
        codes |= {"inventory_scrapped"} if row.scrapped else set()
        codes |= {"installed_is_whole"} if row.installation else set()
        codes |= {"inventory_on_split"} if row.group else set()
        return codes | ({"inventory_on_run"} if row.building else set())

    def divided(self, row, count):
        """What refuses to act on so many of a row's pieces (I5)."""
        if count is None or count == len(row.pieces):
            return set()
        codes = self.loose(row) | ({"issue_keeps_it"} if row.issue_hold else set())
        codes |= {"not_enough"} if count > len(row.pieces) else set()
        return codes | ({"serialized_is_one"} if count != int(count) else set())

    def part_of(self, row, count, id):
        """So many of a row's pieces as a row: itself, or one that is split off and named by the service."""
        if count is None or count == len(row.pieces):
            return row
        part = row.split(count)
        part.id = id
        self.rows.append(part)
        return part

    def on_part(self, row, count, codes, effect):
        """An act on some of a row, whose answer is the part."""

        def apply(answer):
            part = self.part_of(row, count, answer["id"])
            effect(part)
            return [row, part]

        return self.divided(row, count) | codes, apply

    def receive(self, row, count, taken):
        codes = {"serial_taken"} if taken else set()
        codes |= {"serialized_is_one"} if row.part.serial and count != 1 else set()
        codes |= {"serial_missing"} if row.part.serial and row.serial is None else set()
        codes |= {"lot_missing"} if row.part.tracking == "lot" and row.lot is None else set()
        codes |= {"serial_not_tracked"} if not row.part.serial and row.serial is not None else set()
        codes |= {"lot_not_tracked"} if row.part.tracking == "none" and row.lot is not None else set()

        def apply(answer):
            row.id = answer["id"]
            self.rows.append(row)
            self.make(row, count)
            return [row]

        return codes, apply

    def adjust(self, row, count):
        """To what was counted."""
        codes = self.loose(row) | ({"serialized_is_one"} if row.part.serial and count > 1 else set())
        codes |= {"not_enough"} if count < 0 else set()

        def apply(answer):
            if count > len(row.pieces):
                self.make(row, count - len(row.pieces))
            else:
                row.leave("adjusted", len(row.pieces) - count)
            return [row]

        return codes, apply

    def scrap(self, row, count):
        codes = self.loose(row) | (set() if row.pieces else {"not_enough"})
        return self.on_part(row, count, codes, lambda part: part.leave("scrapped"))

    def unscrap(self, row):
        def apply(answer):
            row.come_back("scrapped", len(row.scrapped))
            return [row]

        held = self.loose(row) - {"inventory_scrapped"}
        return held | (set() if row.scrapped else {"not_scrapped"}), apply

    def ship(self, row, count):
        codes = self.loose(row) | (set() if row.pieces else {"not_enough"}) | ({"inventory_unavailable"} if row.hold else set())
        stuck = any(issue.keeps and issue.disposition != "permanently_unavailable" for issue in row.issues)
        return self.on_part(row, count, codes | ({"issue_keeps_it"} if stuck else set()), lambda part: part.leave("shipped"))

    def return_(self, row, count):
        codes = self.loose(row) | (set() if row.shipped else {"not_shipped"})
        codes |= {"not_enough"} if count is not None and count > len(row.shipped) else set()
        # A unit that was counted as there while it was shipped would be two.
        codes |= {"serialized_is_one"} if row.part.serial and row.pieces else set()

        def apply(answer):
            row.come_back("shipped", len(row.shipped) if count is None else count)
            return [row]

        return codes, apply

    def hold(self, row, count, reason):
        return self.on_part(row, count, {"held_already"} if row.hold else set(), lambda part: setattr(part, "hold", reason))

    def release(self, row):
        def apply(answer):
            row.hold = None
            return [row]

        return set() if row.hold else {"not_held"}, apply

    def move(self, row, count, location):
        codes = {"installed_has_no_location"} if row.installation else set()
        return self.on_part(row, count, codes, lambda part: setattr(part, "location", location))

    def split(self, row, count):
        codes, apply = self.on_part(row, count, set(), lambda part: None)
        return codes | ({"split_is_a_part"} if count == len(row.pieces) else set()), apply

    def merge(self, row, others):
        codes = set().union(*(self.loose(r) for r in [row, *others]))
        codes |= {"merge_with_itself"} if row in others else set()
        codes |= {"not_enough"} if any(not r.pieces for r in others) else set()
        codes |= {"serialized_is_one"} if row.part.serial and len(row.pieces) + sum(len(r.pieces) for r in others) > 1 else set()
        codes |= {"merge_differs"} if any(self.differ(r, row) for r in others) else set()

        def apply(answer):
            for other in others:
                other.give(len(other.pieces), row)
                other.merged_into = row
            return [row, *others]

        return codes, apply

    @staticmethod
    def differ(row, other):
        """Whether one could tell two rows apart, or a record names the one that would end (I4)."""
        if row.part is not other.part or row.part.serial or row.hold or other.hold or row.issues or other.issues or row.runs:
            return True
        same = [(r.lot, r.location, r.expired, r.reserved, r.reserved_group, r.kit, {x for o in r.line for x in o.runs}) for r in (row, other)]
        return same[0] != same[1]

    def reserve(self, row, count, run, kit):
        codes = {"reserved_already"} if row.reserved or row.kit else set()
        codes |= set() if row.usable() else {"inventory_unavailable"}
        codes |= {"reserved_for_nothing"} if run is None and kit is None else set()
        if run:
            codes |= {"run_ended"} if run.completed or run.status == "canceled" else set()
            codes |= set() if any(need.takes(row.part) for need in run.needs) else {"part_not_required"}

        def keep(part):
            part.reserved, part.kit = run, kit

        return self.on_part(row, count, codes, keep)

    def unreserve(self, row):
        def apply(answer):
            row.reserved = row.reserved_group = row.kit = None
            return [row]

        return set() if row.reserved or row.kit else {"not_reserved"}, apply

    def identify(self, row, serial, lot, taken):
        codes = {"serial_taken"} if taken else set()
        codes |= {"inventory_identity"} if serial and row.serial not in (None, serial) or lot and row.lot not in (None, lot) else set()
        codes |= {"serial_not_tracked"} if serial and not row.part.serial else set()
        codes |= {"lot_not_tracked"} if lot and row.part.tracking == "none" else set()

        def apply(answer):
            row.serial, row.lot = serial or row.serial, lot or row.lot
            return [row]

        return codes, apply
