"""Random acts on stock and runs, and after each a model that tracks every physical piece agrees with the service.

A step is one request. The model has read the rules for itself: what it refuses must be refused, by a code that it knows for it,
and change nothing; what it allows must be done, and leave the rows and runs that were touched as the model has them. Every
so often all of it is compared, all rows of all parts, so that nothing changed that was not to.
"""

import collections
import multiprocessing
import random
import re
import sys
import time
import traceback

from acts import ACTS
from pieces import Row
from runs import Run
from splitacts import SplitActs
from storm import Client

WHOLE_EVERY = 50


class Disagreement(Exception):
    pass


class Sequence:
    """One seed's steps, in parts, places and runs of its own."""

    def __init__(self, url, token, seed):
        self.client, self.dice = Client(url, token), random.Random(seed)
        self.tally, self.trail = collections.Counter(), []
        mark = f"{seed}-{random.SystemRandom().randrange(1 << 32):x}"
        self.acts = SplitActs(self.client, self.dice, mark)
        self.shop = self.acts.shop

    def go(self, steps):
        names, weights = list(ACTS), [weight for weight, _ in ACTS.values()]
        done = 0
        while done < steps:
            name = self.dice.choices(names, weights)[0]
            asked = getattr(self.acts, name)()
            if asked is None:
                continue
            self.step(name, *asked)
            done += 1
            if done % WHOLE_EVERY == 0:
                self.compare_all()
        self.compare_all()

    def step(self, name, judged, path, body, touched):
        codes, apply = judged
        method = "PATCH" if name == "identify" else "POST"
        status, answer = self.client.ask(method, path, body)
        self.trail.append(f"{name}: {method} {path} {body} -> {status} {answer.get('code', '')}")
        code = answer.get("code") if status >= 400 else None
        if code is not None and not 400 <= status < 500:
            raise Disagreement(f"no refusal but a fault: {answer}")
        if (code is None) != (not codes) or code and code not in codes:
            raise Disagreement(f"{path}: the model says {sorted(codes) or 'done'}, the service {status} {code}: {answer.get('detail', '')}")
        if code is None:
            touched = apply(answer)
        self.tally[name, code or "done"] += 1
        told = answer if code is None and (path.startswith("/v1/inventory") or "build_requirements" in answer) else {}
        # A run is much to read: what a refusal should have left alone is mostly told by its rows, and a step's move by the next look.
        often = 1 if code is None and name not in ("step", "any_step") else 0.3
        for thing in dict.fromkeys(touched):
            known = told if told.get("id") == thing.id else None
            if known or not isinstance(thing, Run) or code is None and (thing.completed or thing.status == "canceled") or self.dice.random() < often:
                self.compare(thing, known)

    # --- comparing ---------------------------------------------------------------------------------------------------

    def read(self, path):
        status, answer = self.client.ask("GET", path)
        if status != 200:
            raise Disagreement(f"GET {path}: {status} {answer}")
        return answer

    def compare(self, thing, told=None):
        if isinstance(thing, Run):
            self.compare_run(thing, told or self.read(f"/v1/runs/{thing.id}"))
        else:
            self.compare_row(thing, told or self.read(f"/v1/inventory/{thing.id}"))

    def differ(self, what, expected, told):
        wrong = {key: (value, told[key]) for key, value in expected.items() if told[key] != value}
        if wrong:
            raise Disagreement(f"{what}: " + ", ".join(f"{k} is {v!r} in the model and {t!r} in the service" for k, (v, t) in wrong.items()))

    def compare_row(self, row, told):
        self.differ(f"row {row.id} of {row.part.name}", row.expected(), told)
        places = row.location if isinstance(row.location, set) else row.places
        found = next((place for place in places if (place and place.id) == told["location_id"]), Row)
        if found is Row:
            raise Disagreement(f"row {row.id} of {row.part.name} is at {told['location_id']}, where it can't be")
        if not row.installation:
            row.location = found

    def compare_run(self, run, told):
        self.differ(f"run {run.id}", run.expected(), told)
        self.differ(f"units of run {run.id}", {"units": sorted((u.id, u.status) for u in run.units)},
                    {"units": sorted((u["part_inventory_id"], u["status"]) for u in told["units"])})
        self.differ(f"steps of run {run.id}", {s.id: s.state for s in run.steps}, {s["id"]: s["state"] for s in told["steps"]})
        needs = {need["id"]: need for need in told["build_requirements"]}
        if set(needs) != {need.id for need in run.needs}:
            raise Disagreement(f"run {run.id} has other requirements than in the model")
        for need in run.needs:
            self.differ(f"requirement {need.id} of run {run.id}", need.expected(), needs[need.id])
        for group, said in zip(run.groups, sorted(told["splits"], key=lambda s: s["number"]), strict=True):
            self.compare_group(group, said)
        if not run.completed:
            self.differ(f"run {run.id}", {"blockers": run.blockers}, {"blockers": {b["kind"] for b in told["completion_blockers"]}})

    def compare_group(self, group, told):
        name, text = f"split {group.id}", group.run.part.text
        self.differ(name, group.expected(), told)
        self.differ(name, {"units": sorted((u.id, u.status, text(len(u.pieces))) for u in group.units),
                           "passed": sorted((step.id, attempt) for step, attempt in group.passed)},
                    {"units": sorted((u["part_inventory_id"], u["status"], u["quantity"]) for u in told["units"]),
                     "passed": sorted((s["run_step_id"], s["attempt"]) for s in told["passed_steps"])})
        lines = {line["id"]: line for line in told["requirements"]}
        for need in group.needs:
            text, line = need.line.part.text, lines[need.id]
            self.differ(f"requirement {need.id} of {name}",
                        {"needed": text(need.needed), "installed": text(need.installed + need.there), "excepted": text(need.excepted), "open": text(need.open),
                         "shared": text(sum(len(n.row.pieces) for n in need.shared))},
                        {**line["split"], "shared": line["shared"]})
        shared = {n.id for need in group.needs for n in need.shared}
        self.differ(name, {"shared": shared}, {"shared": {n["installation_id"] for n in told["shared"]}})
        if not group.closed:
            allowed = {o["outcome"]: o["allowed"] for o in told["outcomes"]}
            self.differ(name, {outcome: not group.obstacles(outcome) for outcome in allowed}, allowed)

    def all_of(self, path):
        cursor = ""
        while cursor is not None:
            page = self.read(f"{path}&limit=200{cursor and '&cursor=' + cursor}")
            yield from page["items"]
            cursor = page.get("next_cursor")

    def compare_all(self):
        """Every row of every part, and what the pieces add up to by part and lot (I4)."""
        told, sums = {}, collections.Counter()
        for part in self.acts.parts:
            for row in self.all_of(f"/v1/inventory?part_id={part.id}"):
                told[row["id"]] = row
                sums[part, row["lot_number"]] += part.count(row["quantity"])
        if set(told) != {row.id for row in self.shop.rows}:
            raise Disagreement("there are other rows than in the model")
        for row in self.shop.rows:
            self.compare_row(row, told[row.id])
        pieces = collections.Counter((p.place.part, p.place.lot) for p in self.shop.pieces if isinstance(p.place, Row))
        if pieces != +sums:
            raise Disagreement(f"pieces by part and lot: {pieces} in the model, {+sums} in the service")
        live = [run for run in self.shop.runs if not run.completed]
        for run in self.dice.sample(live, min(len(live), 3)):
            self.compare_run(run, self.read(f"/v1/runs/{run.id}"))
        for n in self.shop.installations[-40:]:
            if not n.removed and n.unit and self.dice.random() < 0.1:
                inside = {item["installation_id"] for item in self.read(f"/v1/inventory/{n.unit.id}/abom")["items"]}
                if n.id not in inside:
                    raise Disagreement(f"installation {n.id} is not in its unit's as-built BOM")


def play(job):
    """A seed's sequence in a process of its own: the tally, or what went wrong and how one got there."""
    url, token, seed, steps = job
    sequence = None
    began = time.monotonic()
    try:
        sequence = Sequence(url, token, seed)
        sequence.go(steps)
    except Exception as error:
        trail = sequence.trail if sequence else []
        where = "" if isinstance(error, Disagreement) else traceback.format_exc()
        # The last acts, and before them those that named what is in the fault.
        named = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(error)))
        told = [f"{n}. {line[:600]}" for n, line in enumerate(trail, 1) if n > len(trail) - 15 or any(id in line for id in named)]
        text = "\n".join([*told, f"{type(error).__name__}: {error}", where])
        return seed, time.monotonic() - began, collections.Counter(), f"seed {seed}, step {len(trail)}:\n{text}"
    return seed, time.monotonic() - began, sequence.tally, None


def main(url, tokens, steps="10000", seed=None):
    """As many sequences as it takes, a thousand steps each, of seeds that follow from the one that is given; a single one is of that itself."""
    steps = int(steps)
    with open(tokens) as file:
        tokens = [line.strip() for line in file if line.strip()]
    count, seed = max(1, steps // 1000), seed or str(random.SystemRandom().randrange(1 << 32))
    seeds = [seed] if count == 1 else [f"{seed}.{n}" for n in range(count)]
    print(f"{steps} steps in {count} sequences, seeds {' '.join(seeds)}", flush=True)
    jobs = [(url, tokens[n % len(tokens)], seed, steps // len(seeds)) for n, seed in enumerate(seeds)]
    tally, faults = collections.Counter(), []
    with multiprocessing.Pool(min(4, len(jobs))) as pool:
        for seed, seconds, done, fault in pool.imap_unordered(play, jobs):
            print(f"seed {seed}: {sum(done.values())} steps in {seconds:.0f} s" if fault is None else fault, flush=True)
            tally += done
            faults += [fault] if fault else []
    report = collections.defaultdict(list)
    for (act, answer), count in sorted(tally.items()):
        report[act].append(f"{count} {answer}")
    for act, answers in report.items():
        print(f"{act:12} {', '.join(answers)}")
    rare = [f"{act} ({tally[act, 'done']})" for act, (_, least) in ACTS.items() if tally[act, "done"] < least * steps / 10000]
    if rare and not faults and len(seeds) > 1:
        faults.append("hardly happened, so that nothing was tried: " + ", ".join(rare))
        print(faults[-1])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
