"""Clients at once on the same few lots and runs: they install, uninstall, split and merge what the others have in hand.

Each answer that says done is entered in a ledger, by part and lot and by requirement. In the end the stock must hold exactly
what the ledger says, and no requirement more than it needs. An answer is a success or a refusal by a rule; anything else
is a fault. Where the service asks to be asked again, it is, and that must be rare.
"""

import collections
import random
import sys
import threading
from decimal import Decimal

from storm import Client, ends, judge

RUNS, MOST = 6, 1000
# The acts, each with its weight and how often it must have succeeded in a minute.
ACTS = {
    "install": (24, 100), "uninstall": (8, 50), "split": (10, 100), "merge": (14, 50), "receive": (2, 3), "scrap": (3, 20), "unscrap": (2, 10),
    "ship": (3, 20), "return": (2, 10), "adjust": (3, 20), "reserve": (4, 20), "unreserve": (4, 10), "hold": (2, 10), "release": (3, 10),
    "move": (3, 20), "run_create": (1, 2), "read": (4, 20),
    "split_off": (3, 10), "feed_group": (6, 20), "resolve": (4, 4), "decide": (2, 4), "close": (5, 4),
}
OUTCOMES = {"permanently_unavailable": ["scrap"], "available_immediately": ["merge", "use-as-is"], "release_on_resolve": ["merge"]}


class Ledger:
    """What the answers said, and what the clients know together."""

    def __init__(self, client, mark):
        self.lock, self.mark = threading.Lock(), mark
        self.stock, self.installed = collections.Counter(), collections.Counter()
        # Rows as they were last seen, by id; installations that are live as far as one knows.
        self.rows, self.made = {}, []
        self.groups, self.issues = {}, {}
        self.runs, self.tally, self.failures, self.number = {}, collections.Counter(), [], 0
        self.screw = client.make("/v1/parts", {"part_number": f"SCREW-{mark}", "name": "Screw", "tracking": "lot"})["id"]
        self.wire = client.make("/v1/parts", {"part_number": f"WIRE-{mark}", "name": "Wire", "unit": "m"})["id"]
        self.procedures = []
        for tracking in ("lot", "serial"):
            part = client.make("/v1/parts", {"part_number": f"PLATE-{tracking}-{mark}", "name": "Plate", "tracking": tracking})["id"]
            lines = [{"part_id": self.screw, "quantity_per_unit": "4"}, {"part_id": self.wire, "quantity_per_unit": "1.5"}]
            mbom = client.make(f"/v1/parts/{part}/mboms", {"lines": lines})["id"]
            client.make(f"/v1/mboms/{mbom}/release", None)
            made = client.make("/v1/procedures", {"title": tracking, "part_id": part, "steps": [{"key": "a", "title": "a"}]})["id"]
            client.make(f"/v1/procedures/{made}/release", None)
            self.procedures.append((made, tracking))
        self.dispositions = {
            name: client.make("/v1/disposition-types", {"name": f"{name} {mark}", "availability": name})["id"] for name in OUTCOMES
        }
        self.places = [client.make("/v1/locations", {"name": f"{name} {mark}"})["id"] for name in ("Shelf", "Bench")]
        for n in range(12):
            self.receive(client, n)
        for _ in range(RUNS):
            self.create(client)

    def receive(self, client, n):
        lot = n % 3
        body = {"part_id": self.wire, "quantity": "40.5"} if lot == 2 else {"part_id": self.screw, "quantity": "60", "lot_number": f"L{lot}"}
        row = client.make("/v1/inventory", {**body, "location_id": self.places[0]})
        with self.lock:
            self.count(row, row["quantity"])
            self.rows[row["id"]] = row

    def create(self, client):
        with self.lock:
            self.number += 1
            procedure, tracking = self.procedures[self.number % 2]
            numbers = {"lot_number": f"P{self.number}", "quantity": "12"} if tracking == "lot" else {
                "serial_numbers": [f"P{self.number}-{n}" for n in range(6)]}
        run = client.make("/v1/runs", {"procedure_id": procedure, **numbers})
        with self.lock:
            self.runs[run["id"]] = run
            for unit in run["units"]:
                self.count({"part_id": run["part"]["id"], **unit}, unit["quantity"])

    def count(self, row, quantity):
        self.stock[row["part_id"], row["lot_number"]] += Decimal(quantity)


def holds(quantity, *statuses):
    """Whether a row seemed to hold so much, and was to be had."""
    return lambda row: row["status"] in (statuses or ("available",)) and Decimal(row["quantity"]) >= Decimal(quantity)


class Clerk:
    """One client's acts, on rows and runs that all share. What an act answers is entered by the act's own method."""

    def __init__(self, ledger, client, dice):
        self.ledger, self.client, self.dice = ledger, client, dice

    def act(self, name):
        getattr(self, name + "_" if name == "return" else name)()

    def ask(self, name, method, path, body=None):
        """The answer, when it says done; None when a rule refused."""
        status, answer = self.client.ask(method, path, body)
        done = status < 300
        with self.ledger.lock:
            self.ledger.tally[name, "done" if done else f"{status} {answer.get('code')}"] += 1
            if not done and not (400 <= status < 500 and answer.get("code") not in (None, "refused")):
                self.ledger.failures.append(f"{name} {path} {body}: {status} {answer}")
        return answer if done else None

    def pick(self, things):
        with self.ledger.lock:
            return self.dice.choice(list(things)) if things else None

    def row(self, fit, count=1):
        """The ids of rows that seemed fit when they were last seen, mostly; now and then of any."""
        with self.ledger.lock:
            rows = list(self.ledger.rows.values())
            good = [row["id"] for row in rows if fit(row)] if self.dice.random() < 0.95 else [row["id"] for row in rows]
        return self.dice.sample(good, min(count, len(good)))

    def amount(self):
        return self.dice.choice(["1", "1", "2", "3", "5", "1.5", "8"])

    def on_row(self, act, fit, **body):
        """An act on a row, whose answer is the part that it was about; what was refused is looked at again."""
        for row in self.row(fit):
            answer = self.ask(act, "POST", f"/v1/inventory/{row}/{act}", body)
            self.see(answer or self.ask("read", "GET", f"/v1/inventory/{row}"))
            return answer

    def see(self, row):
        with self.ledger.lock:
            self.ledger.rows[row["id"]] = row

    def enter(self, row, quantity):
        if row:
            with self.ledger.lock:
                self.ledger.count(row, quantity)

    # --- stock -------------------------------------------------------------------------------------------------------

    def receive(self):
        with self.ledger.lock:
            there = sum(self.ledger.stock.values())
        if there < MOST:
            self.ledger.receive(self.client, self.dice.randrange(3))
            with self.ledger.lock:
                self.ledger.tally["receive", "done"] += 1

    def split(self):
        quantity = self.amount()
        self.on_row("split", holds(quantity), quantity=quantity)

    def merge(self):
        with self.ledger.lock:
            alike = collections.defaultdict(list)
            for row in self.ledger.rows.values():
                if row["status"] == "available":
                    alike[row["part_id"], row["lot_number"], row["location_id"]].append(row["id"])
        rows = self.dice.choice(list(alike.values()))
        if self.dice.random() < 0.05:
            rows = rows + self.row(lambda row: True)
        row, *others = self.dice.sample(rows, min(len(rows), self.dice.randint(2, 4)))
        if others:
            done = self.ask("merge", "POST", f"/v1/inventory/{row}/merge", {"part_inventory_ids": others})
            for seen in [row, *others]:
                self.see(done if done and done["id"] == seen else self.ask("read", "GET", f"/v1/inventory/{seen}"))

    def scrap(self):
        quantity = self.amount()
        self.enter(self.on_row("scrap", holds(quantity), quantity=quantity, reason="Torn."), "-" + quantity)

    def unscrap(self):
        row = self.on_row("unscrap", lambda row: row["status"] == "scrapped", reason="Another.")
        # A scrapped row holds nothing: what it holds now is what came back.
        self.enter(row, row and row["quantity"])

    def ship(self):
        quantity = self.amount()
        self.enter(self.on_row("ship", holds(quantity), quantity=quantity), "-" + quantity)

    def return_(self):
        self.enter(self.on_row("return", lambda row: row["quantity_shipped"] != "0", quantity="1"), "1")

    def adjust(self):
        difference = self.dice.choice(["1", "2.5", "-1", "-2.5"])
        self.enter(self.on_row("adjust", holds("3"), difference=difference, reason="Counted."), difference)

    def reserve(self):
        quantity, run = self.amount(), self.pick(self.ledger.runs)
        self.on_row("reserve", holds(quantity), quantity=quantity, run_id=run)

    def unreserve(self):
        for row in self.row(lambda row: row["status"] == "reserved"):
            self.see(self.ask("unreserve", "POST", f"/v1/inventory/{row}/unreserve") or self.ask("read", "GET", f"/v1/inventory/{row}"))

    def hold(self):
        quantity = self.amount()
        self.on_row("hold", holds(quantity), quantity=quantity, reason="Odd.")

    def release(self):
        self.on_row("release", lambda row: row["hold_reason"], reason="Looked at.")

    def move(self):
        quantity = self.amount()
        self.on_row("move", holds(quantity), quantity=quantity, location_id=self.dice.choice(self.ledger.places))

    # --- runs --------------------------------------------------------------------------------------------------------

    def run_create(self):
        with self.ledger.lock:
            few = len(self.ledger.runs) < 3 * RUNS
        if few:
            self.ledger.create(self.client)
            with self.ledger.lock:
                self.ledger.tally["run_create", "done"] += 1

    def put(self, name, path, run, owner, key):
        """Installs for one of the owner's requirements, into one of its units or into the whole."""
        need, quantity = self.dice.choice(owner[key]), self.amount()
        fit = holds(quantity, "available", "reserved")
        for row in self.row(lambda row: row["part_id"] == need["part_id"] and fit(row)):
            body = {"build_requirement_id": need["id"], "part_inventory_id": row, "quantity": quantity}
            if len(owner["units"]) > 1 and self.dice.random() < 0.6:
                body["assembly_inventory_id"] = self.dice.choice(owner["units"])["part_inventory_id"]
            made = self.ask(name, "POST", f"{path}/installations", body)
            if made:
                with self.ledger.lock:
                    self.ledger.installed[run, need["part_id"]] += Decimal(made["quantity"])
                    self.ledger.made.append(made["id"])
            self.see(self.ask("read", "GET", f"/v1/inventory/{row}"))

    def install(self):
        run = self.ledger.runs[self.pick(self.ledger.runs)]
        self.put("install", f"/v1/runs/{run['id']}", run["id"], run, "build_requirements")

    def uninstall(self):
        installation = self.pick(self.ledger.made)
        made = installation and self.ask("uninstall", "POST", f"/v1/installations/{installation}/uninstall", {"reason": "Bent."})
        if made:
            with self.ledger.lock:
                self.ledger.installed[made["run_id"], made["part_id"]] -= Decimal(made["quantity"])
                self.ledger.made.remove(installation)
            self.see(self.ask("read", "GET", f"/v1/inventory/{made['part_inventory_id']}"))

    # --- groups ------------------------------------------------------------------------------------------------------

    def open_group(self):
        with self.ledger.lock:
            groups = [group for group in self.ledger.groups.values() if not group["outcome"] or self.dice.random() < 0.02]
        return self.dice.choice(groups) if groups else None

    def see_group(self, id):
        group = self.ask("read", "GET", f"/v1/splits/{id}")
        run = self.ask("read", "GET", f"/v1/runs/{group['run_id']}")
        with self.ledger.lock:
            self.ledger.groups[id], self.ledger.runs[run["id"]] = group, run

    def split_off(self):
        run = self.ledger.runs[self.pick(self.ledger.runs)]
        group = self.open_group()
        source, path = (group, "splits") if group and self.dice.random() < 0.3 else (run, "runs")
        units = source["units"]
        if units and units[0]["serial_number"]:
            body = {"part_inventory_ids": [u["part_inventory_id"] for u in self.dice.sample(units, self.dice.randint(1, max(1, len(units) - 1)))]}
        else:
            body = {"quantity": self.dice.choice(["1", "2", "4"])}
        made = self.ask("split_off", "POST", f"/v1/{path}/{source['id']}/split", {**body, "issue": {"title": "Torn"}})
        if made:
            self.see_group(made["split"]["id"])

    def feed_group(self):
        group = self.open_group()
        if group:
            self.put("feed_group", f"/v1/splits/{group['id']}", group["run_id"], group, "requirements")

    def resolve(self):
        """All of it to one group; what continues it may be taken out as it could."""
        group = self.open_group()
        shared = group and self.ask("read", "GET", f"/v1/splits/{group['id']}")["shared"]
        if shared:
            which = self.dice.choice(shared)
            body = {"assignments": [{"split_id": self.dice.choice([None, group["id"]])}]}
            done = self.ask("resolve", "POST", f"/v1/installations/{which['installation_id']}/resolve", body)
            if done:
                self.know([n["id"] for n in done["installations"]])

    def know(self, installations):
        with self.ledger.lock:
            self.ledger.made += [n for n in installations if n not in self.ledger.made]

    def decide(self):
        group = self.open_group()
        if group:
            kind = self.dice.choice(["available_immediately", "available_immediately", "release_on_resolve", "permanently_unavailable"])
            body = {"disposition_type_id": self.ledger.dispositions[kind]}
            if self.ask("decide", "POST", f"/v1/issues/{group['issue_id']}/dispose", body):
                with self.ledger.lock:
                    self.ledger.issues[group["issue_id"]] = kind

    def close(self):
        group = self.open_group()
        if not group:
            return
        act = self.dice.choice(OUTCOMES[self.ledger.issues.get(group["issue_id"], "release_on_resolve")])
        done = self.ask("close", "POST", f"/v1/splits/{group['id']}/{act}", {"reason": "So it is decided."})
        if done:
            with self.ledger.lock:
                if act == "scrap":
                    part = self.ledger.runs[done["run_id"]]["part"]["id"]
                    self.ledger.count({"part_id": part, "lot_number": done["units"][0]["lot_number"]}, "-" + done["quantity"])
            for row in self.ask("read", "GET", f"/v1/runs/{done['run_id']}")["units"] if act == "merge" else []:
                # A lot's installations go on as others when they come home.
                inside = self.ask("read", "GET", f"/v1/inventory/{row['part_inventory_id']}/abom")["items"]
                self.know([n["installation_id"] for n in inside if n["level"] == 1])
        self.see_group(group["id"])

    def read(self):
        run = self.pick(self.ledger.runs)
        self.ask("read", "GET", f"/v1/runs/{run}")


def work(ledger, client, dice, ended):
    clerk = Clerk(ledger, client, dice)
    names, weights = list(ACTS), [weight for weight, _ in ACTS.values()]
    try:
        while not ended() and len(ledger.failures) < 20:
            clerk.act(dice.choices(names, weights)[0])
    except BaseException as error:  # a client that ends ends the test's worth: it is told below
        with ledger.lock:
            ledger.failures.append(f"a client ended: {type(error).__name__}: {error}")


def settle(ledger, client):
    """Whether there is exactly what the ledger says: what is wrong, in words."""
    stock, wrong = collections.Counter(), []
    for part in {part for part, _ in ledger.stock}:
        cursor = ""
        while cursor is not None:
            page = client.ask("GET", f"/v1/inventory?part_id={part}&limit=200{cursor and '&cursor=' + cursor}")[1]
            for row in page["items"]:
                stock[part, row["lot_number"]] += Decimal(row["quantity"])
            cursor = page["next_cursor"]
    for key in stock.keys() | ledger.stock.keys():
        if stock[key] != ledger.stock[key]:
            wrong.append(f"of {key} there are {stock[key]}, and there should be {ledger.stock[key]}")
    for id in ledger.runs:
        run = client.ask("GET", f"/v1/runs/{id}")[1]
        installed, shared = collections.Counter(), {}
        sides = [(need["part_id"], need["quantity_installed"], need["quantity_needed"]) for need in run["build_requirements"]]
        for group in run["splits"]:
            sides += [(need["part_id"], need["split"]["installed"], need["split"]["needed"]) for need in group["requirements"]]
            shared |= {n["installation_id"]: n for n in group["shared"]}
        numbers = {need["part_number"]: need["part_id"] for need in run["build_requirements"]}
        for part, has, needs in sides:
            installed[part] += Decimal(has)
            if Decimal(has) > Decimal(needs):
                wrong.append(f"run {id} or one of its groups has {has} of part {part} and needs {needs}")
        for n in shared.values():
            installed[numbers[n["part_number"]]] += Decimal(n["quantity"])
        for part in installed:
            if installed[part] != ledger.installed[id, part]:
                wrong.append(f"run {id} and its groups have {installed[part]} of part {part}, and it should be {ledger.installed[id, part]}")
    return wrong


def main(url, tokens, seconds="60", seed=None):
    seconds, seed = float(seconds), seed or str(random.SystemRandom().randrange(1 << 32))
    with open(tokens) as file:
        clients = [Client(url, line.strip()) for line in file if line.strip()]
    print(f"{len(clients)} clients, {seconds:g} s, seed {seed}", flush=True)
    ledger = Ledger(clients[0], f"{random.SystemRandom().randrange(1 << 32):x}")
    ended = ends(seconds, ACTS, ledger.tally)
    threads = [
        threading.Thread(target=work, args=(ledger, client, random.Random(f"{seed} {n}"), ended)) for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = collections.defaultdict(list)
    for (act, answer), count in sorted(ledger.tally.items()):
        report[act].append(f"{count} {answer}")
    for act, answers in report.items():
        print(f"{act:12} {', '.join(answers)}")
    ledger.failures += settle(ledger, clients[0])
    ledger.failures += judge(seconds, ACTS, ledger.tally, clients)
    print(f"{sum(ledger.tally.values())} acts, {len(ledger.runs)} runs, {len(ledger.failures)} failures")
    for failure in ledger.failures:
        print(failure[:2000], file=sys.stderr)
    return 1 if ledger.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
