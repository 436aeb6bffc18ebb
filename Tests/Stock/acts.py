"""Random acts: each picks what seems fit for it, and now and then what is not, and says it to the model and to the service alike.

An act is a method that answers (codes, apply) as the model has them (see stockrules.py), then path and body of the request, then the
rows and runs that a refusal must leave as they are; or None, where there is nothing to act on.
"""

from fractions import Fraction

from pieces import Line, Location, Part, Row
from runs import STEPS
from splitrules import Shop

# The acts, each with its weight and how often at least it must have succeeded in 10,000 steps.
ACTS = {
    "receive": (5, 50), "adjust": (2, 20), "scrap": (3, 20), "unscrap": (1, 5), "ship": (2, 20), "return_": (1, 5),
    "hold": (2, 20), "release": (2, 10), "move": (3, 20), "split": (4, 50), "merge": (5, 20), "reserve": (4, 20),
    "unreserve": (1, 5), "identify": (2, 5), "install": (14, 100), "feed": (26, 300), "uninstall": (6, 50), "except_": (1, 5), "withdraw": (0.5, 2),
    "create_run": (5, 50), "take_run": (6, 5), "step": (22, 200), "any_step": (6, 20), "cancel_run": (0.6, 5), "complete_run": (4, 5),
    "reopen_run": (3, 10), "split_off": (6, 50), "feed_group": (6, 50), "resolve": (3, 10), "close": (2, 5), "decide": (7, 30), "scrap_run": (0.4, 2), "report": (1.5, 10), "dispose": (1.5, 10), "move_issue": (4, 20), "nonsense": (3, 0),
}
NONSENSE = ["0", "-1", "0.0000001", "1e3", "many", "100000000000000"]


class Acts:
    def __init__(self, client, dice, mark):
        self.client, self.dice, self.mark, self.number = client, dice, mark, 0
        self.shop = Shop()
        self.furnish()

    # --- what there is to act on -------------------------------------------------------------------------------------

    def furnish(self):
        make, mark = self.client.make, self.mark

        def part(number, tracking, size="1", revision="A", lines=(), step_lines=None, **more):
            made = Part(number, tracking, size, **more)
            unit = "each" if size == "1" else "m"
            body = {"part_number": f"{number}-{mark}", "revision": revision, "name": number, "tracking": tracking, "unit": unit, **more}
            made.id, made.lines, made.step_lines = make("/v1/parts", body)["id"], list(lines), step_lines or {}
            return made

        def demand(line):
            return {"part_id": line.part.id, "quantity_per_unit": line.part.text(line.each), "reference_designators": line.designators}

        def product(made):
            lines = [{**demand(line), "substitute_part_ids": [s.id for s in line.substitutes]} for line in made.lines]
            make("/v1/mboms/" + make(f"/v1/parts/{made.id}/mboms", {"lines": lines})["id"] + "/release", None)
            steps = [
                {"key": title, "title": title, "required": required, "after": after,
                 "requirements": [demand(line) for line in made.step_lines.get(title, [])]}
                for title, required, after in STEPS
            ]
            made.procedure = make("/v1/procedures", {"title": f"{made.name} {mark}", "part_id": made.id, "steps": steps})["id"]
            make(f"/v1/procedures/{made.procedure}/release", None)
            return made

        self.screw = part("SCREW", "lot", lot_traceability=True)
        self.bolt, self.chip = part("BOLT", "lot"), part("CHIP", "serial")
        self.wire, self.lamp = part("WIRE", "none", "0.5"), part("LAMP", "lot")
        later = part("SCREW", "lot", revision="B")
        motor = product(part("MOTOR", "serial", lines=[Line(self.screw, 2, [self.bolt]), Line(self.chip, 1)],
                             step_lines={"b": [Line(self.wire, 1)]}))
        plate = product(part("PLATE", "lot", lines=[Line(self.screw, 3, [self.bolt]), Line(self.wire, 3)],
                             step_lines={"c": [Line(self.lamp, 1)]}))
        paste = product(part("PASTE", "none", lines=[Line(self.wire, 1)]))
        gadget = product(part("GADGET", "serial", lines=[Line(motor, 1), Line(plate, 1), Line(self.screw, 1), Line(paste, 1),
                                                         Line(self.lamp, 2, designators=["D1", "D2"])]))
        self.products, self.bought = [motor, plate, paste, gadget], [self.screw, self.bolt, self.chip, self.wire, self.lamp, later]
        self.parts = self.products + self.bought
        self.locations = [None]
        for name, available in (("Shelf", True), ("Bench", True), ("Quarantine", False)):
            place = Location(available)
            place.id = make("/v1/locations", {"name": f"{name} {mark}", "available": available})["id"]
            self.locations.append(place)
        self.dispositions = {
            name: make("/v1/disposition-types", {"name": f"{name} {mark}", "availability": name})["id"]
            for name in ("available_immediately", "release_on_resolve", "permanently_unavailable")
        }

    def some(self, things, fit=lambda x: True, wild=0.06):
        """One of the things, mostly one that is fit."""
        things = list(things)
        good = [x for x in things if fit(x)]
        if not things or not good and self.dice.random() >= 3 * wild:
            return None
        return self.dice.choice(things if not good or self.dice.random() < wild else good)

    def row(self, fit=lambda row: True, wild=0.06):
        return self.some(self.shop.rows, fit, wild)

    def loose(self, row):
        return not self.shop.loose(row) and row.pieces

    def count(self, row, whole=0.3):
        """So many pieces of a row, mostly fewer than there are; None is all of them, unsaid."""
        there = len(row.pieces)
        if self.dice.random() < whole:
            return self.dice.choice([None, there]) if there else None
        if self.dice.random() < 0.08:
            return there + self.dice.randint(1, 3)
        if row.part.serial and self.dice.random() < 0.1:
            return Fraction(1, 2)
        return self.dice.randint(1, max(1, there))

    def fresh(self, name):
        self.number += 1
        return f"{name}{self.number}"

    @staticmethod
    def body(part=None, count=None, **more):
        body = {key: value for key, value in more.items() if value is not None}
        if count is not None:
            body["quantity"] = part.text(count) if count == int(count) else str(float(count))
        return body

    def on_row(self, row, act, judged, body, *touched):
        return judged, f"/v1/inventory/{row.id}/{act}", body, [row, *touched]

    # --- stock -------------------------------------------------------------------------------------------------------

    def receive(self):
        part = self.dice.choice(self.bought)
        count = 1 if part.serial and self.dice.random() < 0.9 else self.dice.randint(1, 24)
        twin = self.some([r for r in self.shop.rows if r.part is part and r.serial]) if self.dice.random() < 0.1 else None
        serial = twin.serial if twin else self.fresh("S") if part.serial == (self.dice.random() < 0.96) else None
        lot = self.dice.choice(["L1", "L2", self.fresh("L")]) if (part.tracking == "lot") == (self.dice.random() < 0.96) else None
        row = Row(part, serial, lot, self.dice.choice(self.locations[:3]), self.dice.random() < 0.04)
        body = self.body(part, count, part_id=part.id, serial_number=serial, lot_number=lot, location_id=row.location and row.location.id,
                         expires_at="2020-01-01T00:00:00Z" if row.expired else None)
        return self.shop.receive(row, count, bool(twin)), "/v1/inventory", body, []

    def adjust(self):
        row = self.row(lambda r: not self.shop.loose(r))
        if not row:
            return None
        there = len(row.pieces)
        count = self.dice.choice([0, 1, 1, there]) if row.part.serial else max(-1, there + self.dice.randint(-4, 6))
        body = {"reason": "Counted."}
        if count < 0 or self.dice.random() < 0.5:
            sign = "-" if count < there else ""
            body["difference"] = sign + row.part.text(abs(count - there))
        else:
            body["quantity"] = row.part.text(count)
        return self.on_row(row, "adjust", self.shop.adjust(row, count), body)

    def scrap(self):
        row = self.row(self.loose)
        if not row:
            return None
        count = self.count(row)
        return self.on_row(row, "scrap", self.shop.scrap(row, count), self.body(row.part, count, reason="Torn."))

    def unscrap(self):
        row = self.row(lambda r: r.scrapped)
        return row and self.on_row(row, "unscrap", self.shop.unscrap(row), {"reason": "It was another."})

    def ship(self):
        row = self.row(self.loose)
        if not row:
            return None
        count = self.count(row)
        return self.on_row(row, "ship", self.shop.ship(row, count), self.body(row.part, count))

    def return_(self):
        row = self.row(lambda r: r.shipped)
        if not row:
            return None
        count = self.dice.choice([None, 1, len(row.shipped) or 1, len(row.shipped) + 1])
        return self.on_row(row, "return", self.shop.return_(row, count), self.body(row.part, count))

    def hold(self):
        row = self.row(lambda r: self.loose(r) and not r.hold)
        if not row:
            return None
        count = self.count(row)
        return self.on_row(row, "hold", self.shop.hold(row, count, "Odd."), self.body(row.part, count, reason="Odd."))

    def release(self):
        row = self.row(lambda r: r.hold)
        return row and self.on_row(row, "release", self.shop.release(row), {"reason": "Looked at."})

    def move(self):
        row = self.row(lambda r: not r.installation)
        if not row:
            return None
        place, count = self.dice.choice(self.locations[1:]), self.count(row, 0.6)
        body = self.body(row.part, count, location_id=place.id)
        return self.on_row(row, "move", self.shop.move(row, count, place), body)

    def split(self):
        row = self.row(lambda r: self.loose(r) and len(r.pieces) > 1)
        if not row:
            return None
        count = self.count(row, 0.05) or 1
        return self.on_row(row, "split", self.shop.split(row, count), self.body(row.part, count))

    def merge(self):
        row = self.row(lambda r: self.loose(r) and not r.part.serial)
        if not row:
            return None
        alike = [r for r in self.shop.rows if r is not row and self.loose(r) and not self.shop.differ(r, row)]
        others = self.dice.sample(alike, min(len(alike), self.dice.randint(1, 3)))
        if self.dice.random() < 0.1 or not others and self.dice.random() < 0.2:
            others.append(self.dice.choice(self.shop.rows))
        if not others:
            return None
        others = list(dict.fromkeys(others))
        body = {"part_inventory_ids": [r.id for r in others]}
        return self.on_row(row, "merge", self.shop.merge(row, others), body, *others)

    def reserve(self):
        row = self.row(lambda r: r.usable())
        if not row:
            return None
        run = self.some(self.shop.runs, lambda r: not r.completed and any(n.takes(row.part) for n in r.needs))
        kit = "K" if self.dice.random() < 0.3 else None
        count = self.count(row, 0.4)
        body = self.body(row.part, count, run_id=run and run.id, kit_name=kit)
        return self.on_row(row, "reserve", self.shop.reserve(row, count, run, kit), body)

    def unreserve(self):
        row = self.row(lambda r: r.reserved or r.kit)
        return row and self.on_row(row, "unreserve", self.shop.unreserve(row), None)

    def identify(self):
        row = self.row(lambda r: r.part in self.products and not r.serial and not r.lot and r.part.tracking != "none")
        if not row:
            return None
        serial, lot = (self.fresh("S"), None) if row.part.serial else (None, "L1")
        twin = self.some([r for r in self.shop.rows if r.part is row.part and r.serial]) if serial and self.dice.random() < 0.1 else None
        serial = twin.serial if twin and twin is not row else serial
        body = self.body(serial_number=serial, lot_number=lot)
        judged = self.shop.identify(row, serial, lot, twin is not None and twin is not row)
        return judged, f"/v1/inventory/{row.id}", body, [row]

    def nonsense(self):
        """What is no quantity never reaches a rule."""
        row = self.row()
        if not row:
            return None
        act = self.dice.choice(["split", "scrap", "ship", "return", "hold", "reserve"])
        body = {"quantity": self.dice.choice(NONSENSE), "reason": "Why not."}
        if act == "reserve":
            body = {"quantity": body["quantity"], "kit_name": "K"}
        return self.on_row(row, act, ({"input_invalid"}, None), body)
