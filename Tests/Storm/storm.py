"""Clients that move random steps of the same few runs by every act, at once, over HTTP.

Nothing may fail: an answer is a success or a refusal by a rule (a status of 4xx with a code). Where the service asks to be
asked again (503 with Retry-After: a lock that was not had in time, say), it is, as any client would; that this is hardly ever
so, and that it helps, is a part of what is tested. A dry run doesn't wait for those who work, and may go without. Whether what
must always hold still holds afterwards is for the caller to ask.
"""

import collections
import http.client
import json
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from planned import adds_up

RUNS, TRIES = 4, 4
# The acts, each with its weight and how often it must have succeeded in a minute.
ACTS = {
    "start": (22, 50), "start_many": (3, 5), "complete": (16, 30), "complete_many": (3, 2), "enter": (16, 30),
    "correct": (0.6, 5), "hold": (6, 40), "hold_many": (2, 10), "release": (8, 40), "fail": (4, 5), "retry": (7, 5),
    "cancel": (3, 10), "cancel_many": (1, 3), "restore": (5, 10), "restore_all": (2, 5), "reset": (3, 3), "reopen": (2, 5),
    "check_in": (5, 10), "check_out": (5, 10), "edit_session": (2, 20), "run_hold": (1, 5), "run_release": (4, 5),
    "run_cancel": (0.3, 2), "install": (6, 40), "uninstall": (2, 20), "run_complete": (5, 10), "run_reopen": (4, 10),
    "run_create": (2, 2), "dry_run": (2, 10), "stale": (2, 0), "read": (10, 100),
    "redline": (1.5, 10), "redline_edit": (6, 3), "redline_release": (6, 5), "redline_cancel": (6, 5), "redline_many": (0.3, 0),
    "step_add": (0.4, 1), "issue_create": (2, 10), "issue_dispose": (2, 5), "issue_move": (5, 10), "issue_resolve": (2, 2),
    "measure": (9, 5), "deviation": (8, 1), "approve": (4, 3), "sign": (10, 1),
    "schedule": (5, 40), "schedule_run": (1.5, 10), "plan_apply": (1.5, 10), "replan_apply": (1.5, 10),
    "wait": (6, 20), "wait_end": (1.5, 10), "ring": (1.5, 3), "requirement": (4, 5),
}
# How often it must have been refused in a minute that runs wait for each other, and that a redline takes what is waited for.
REFUSALS = {"409 waiting_in_a_ring": 20, "409 requirement_waited_for": 1}


class Client:
    """One connection, kept open, acting with one token."""

    def __init__(self, url, token):
        self.asked = self.again = 0
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method, path, body=None, **headers):
        encoded = None if body is None else json.dumps(body)
        for _ in range(TRIES):
            self.connection.request(method, path, encoded, {**self.headers, **headers})
            response = self.connection.getresponse()
            text = response.read()
            self.asked += 1
            if response.status != 503:
                break
            self.again += 1
            time.sleep(float(response.headers["Retry-After"]))
        return response.status, json.loads(text) if text else {}

    def make(self, path, body):
        status, answer = self.ask("POST", path, body)
        if status >= 300:
            raise SystemExit(f"setup: POST {path}: {status} {answer}")
        return answer


def ends(seconds, acts, tally):
    """Whether it is time to end: when all acts have been done often enough, or, on a slow machine, at three times the time."""
    begun = time.monotonic()
    return lambda: time.monotonic() > begun + 3 * seconds or time.monotonic() > begun + seconds and not rare(seconds, acts, tally)


def rare(seconds, acts, tally):
    """The acts that were hardly done."""
    return [f"{act} ({tally[act, 'done']})" for act, (_, least) in acts.items() if tally[act, "done"] < least * min(1, seconds / 60)]


def judge(seconds, acts, tally, clients, refusals={}):
    """What shows that too little was tried, or too much in vain: in words."""
    faults = []
    if hardly := rare(seconds, acts, tally):
        faults.append("hardly happened, so that nothing was tried: " + ", ".join(hardly))
    for answer, least in refusals.items():
        times = sum(count for (_, told), count in tally.items() if told == answer)
        if times < least * min(1, seconds / 60):
            faults.append(f"{answer} was answered {times} times, so that it was hardly tried")
    asked, again = sum(client.asked for client in clients), sum(client.again for client in clients)
    print(f"{again} of {asked} answers asked to be asked again")
    if again * 100 > asked:
        faults.append(f"{again} of {asked} answers asked to be asked again")
    return faults


class World:
    """What the clients share: the runs, and what was last seen of each. Whoever reads a run tells the others."""

    def __init__(self, client, mark):
        self.lock = threading.Lock()
        self.runs, self.number, self.mark = {}, 0, mark
        self.tally, self.failures = collections.Counter(), []
        screw = client.make("/v1/parts", {"part_number": f"SCREW-{mark}", "name": "Screw", "tracking": "lot"})["id"]
        gadget = client.make("/v1/parts", {"part_number": f"GADGET-{mark}", "name": "Gadget", "tracking": "serial"})["id"]
        line = {"part_id": screw, "quantity_per_unit": "3"}
        mbom = client.make(f"/v1/parts/{gadget}/mboms", {"lines": [line]})["id"]
        client.make(f"/v1/mboms/{mbom}/release", None)
        bench = client.make("/v1/locations", {"name": f"Bench {mark}", "work_center": True})["id"]
        self.types = [
            client.make("/v1/disposition-types", {"name": f"{name} {mark}", "availability": name})["id"]
            for name in ("available_immediately", "release_on_resolve")
        ]
        # An open issue would leave most runs waiting.
        status, answer = client.ask("PATCH", "/v1/org", {"open_issue_policy": "note"})
        if status != 200:
            raise SystemExit(f"setup: PATCH /v1/org: {status} {answer}")
        self.gadget, self.screw = gadget, screw
        self.lots = [
            client.make("/v1/inventory", {"part_id": screw, "quantity": "100000", "lot_number": f"L{n}-{mark}"})["id"]
            for n in range(3)
        ]
        field = {"name": "Note", "type": "text", "required": False}
        sign = {"name": "Seen", "type": "signoff", "required": False}
        size = {"name": "Size", "type": "number", "maximum": "5", "required": False}

        def step(key, *after, fields=(), **more):
            return {"key": key, "title": key, "after": list(after), "fields": [field, sign, *fields], "location_id": bench, **more}

        steps = [
            step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c", required=False),
            step("e", required=False, fields=[size], approvals=[{"role": "admin"}]),
            step("n", steps=[step("n1"), step("n2", "n1", required=False, fields=[size]), step("n3", steps=[step("n4", required=False)])]),
            # What these runs build, each of them may wait for.
            step("g", required=False, requirements=[{"part_id": gadget, "quantity_per_unit": "2"}]),
            step("f", "n", "d"),
        ]
        self.procedure = client.make("/v1/procedures", {"title": f"Storm {mark}", "part_id": gadget, "steps": steps})["id"]
        client.make(f"/v1/procedures/{self.procedure}/release", None)
        for _ in range(RUNS):
            self.create(client)

    def create(self, client):
        with self.lock:
            self.number += 1
            serial = f"U{self.number}-{self.mark}"
        status, answer = client.ask("POST", "/v1/runs", {"procedure_id": self.procedure, "serial_numbers": [serial]})
        if status == 201:
            self.saw(answer)
        return status, answer

    def saw(self, run):
        with self.lock:
            self.runs[run["id"]] = run

    def step_saw(self, answer):
        """Takes over what an act answers of the steps that it moved."""
        states = {s["id"]: s["state"] for s in answer.get("steps", []) if "state" in s}
        with self.lock:
            for run in self.runs.values():
                for s in run["steps"]:
                    s["state"] = states.get(s["id"], s["state"])


class Storm:
    """One client's acts: each picks a run and a step that seems fit for it, mostly."""

    def __init__(self, world, client, second, dice):
        self.world, self.client, self.second, self.dice = world, client, second, dice

    def run_once(self, act):
        method, path, body, headers = getattr(self, act)() or (None, None, None, {})
        if path is None:
            return
        status, answer = self.client.ask(method, path, body, **headers)
        self.note(act, path, status, answer)

    def note(self, act, path, status, answer):
        code = "done" if status < 300 else f"{status} {answer.get('code')}"
        with self.world.lock:
            self.world.tally[act, code] += 1
            refused = 400 <= status < 500 and answer.get("code") not in (None, "refused")
            if not (status < 300 or refused or (act, status, answer.get("code")) == ("dry_run", 503, "busy")):
                self.world.failures.append(f"{act} {path}: {status} {answer}")
        if status < 300 and "steps" in answer and "number" in answer:
            self.world.saw(answer)
        elif status < 300 and "steps" in answer:
            self.world.step_saw(answer)

    # --- picking -----------------------------------------------------------------------------------------------------

    def run(self, *statuses):
        with self.world.lock:
            fit = sorted(i for i, r in self.world.runs.items() if not statuses or r["status"] in statuses)
            live = sorted(i for i, r in self.world.runs.items() if not r.get("completed_at"))
        return self.dice.choice(fit or live or sorted(self.world.runs))

    def steps(self, state, ready=None, count=1):
        """Ids of steps of one or more runs that seem to be in a state; now and then of any. What has others wait is not started: it
        would keep its run from completing."""
        any_state = self.dice.random() < 0.05
        with self.world.lock:
            live = [r for r in self.world.runs.values() if not r.get("completed_at")] or list(self.world.runs.values())
            fit = sorted(
                s["id"] for r in live for s in r["steps"]
                if (any_state or s["state"] == state and (ready is None or s.get("available") or self.dice.random() < 0.2))
                and (ready is None or s["title"] != "g")
            )
        return self.dice.sample(fit, min(count, len(fit)))

    def move(self, act, state, count=1, many=False, ready=None, **body):
        ids = self.steps(state, ready, count)
        if not ids:
            return None
        path = f"/v1/steps/{act}" if many else f"/v1/steps/{ids[0]}/{act}"
        return "POST", path, {"ids": ids, **body} if many else body or None, {}

    def field(self, state, kind):
        for step in self.steps(state, count=3 if kind == "number" else 1):
            status, answer = self.client.ask("GET", f"/v1/steps/{step}")
            for f in answer.get("fields", []) if status == 200 else []:
                if f["type"] == kind:
                    return step, f["id"]
        return None, None

    # --- the acts ----------------------------------------------------------------------------------------------------

    def start(self):
        return self.move("start", "todo", ready=True)

    def start_many(self):
        return self.move("start", "todo", 3, True, ready=True)

    def complete(self):
        return self.move("complete", "in_progress")

    def complete_many(self):
        return self.move("complete", "in_progress", 2, True)

    def enter(self):
        kind = self.dice.choice(["text", "signoff"])
        # What a correction made stale is signed again on the completed step.
        again = kind == "signoff" and self.dice.random() < 0.4
        step, field = self.field("completed" if again else "in_progress", kind)
        value = True if again else self.dice.choice([True, None]) if kind == "signoff" else self.dice.choice(["torn", "fine", None])
        return step and ("PUT", f"/v1/steps/{step}/values", {"values": [{"field_id": field, "value": value}]}, {})

    def correct(self):
        step, field = self.field("completed", "text")
        body = {"reason": "Misread.", "values": [{"field_id": field, "value": self.dice.choice("xyz")}]}
        return step and ("POST", f"/v1/steps/{step}/correct", body, {})

    def hold(self):
        return self.move("hold", self.dice.choice(["todo", "in_progress"]), reason="No material.")

    def hold_many(self):
        return self.move("hold", self.dice.choice(["todo", "in_progress"]), 3, True, reason="No material.")

    def release(self):
        return self.move("release", "hold")

    def fail(self):
        return self.move("fail", "in_progress", reason="Torn.")

    def retry(self):
        return self.move("retry", "failed")

    def cancel(self):
        return self.move("cancel", self.dice.choice(["todo", "in_progress", "hold"]), reason="Not needed.")

    def cancel_many(self):
        return self.move("cancel", self.dice.choice(["todo", "in_progress"]), 3, True, reason="Not needed.")

    def restore(self):
        return self.move("restore", "canceled")

    def restore_all(self):
        return self.move("restore", "canceled", all=True)

    def reset(self):
        return self.move("reset", "in_progress", reason="The wrong step.")

    def reopen(self):
        return self.move("reopen", "completed", reason="Missed a bolt.")

    def check_in(self):
        return self.move("check-in", "in_progress")

    def session(self, query):
        status, answer = self.client.ask("GET", f"/v1/sessions?{query}&limit=50")
        sessions = answer.get("items") if status == 200 else None
        return sessions and self.dice.choice(sessions)

    def check_out(self):
        session = self.session("open=true")
        return session and ("POST", f"/v1/sessions/{session['id']}/check-out", {}, {})

    def edit_session(self):
        session = self.session("open=false")
        body = session and {"started_at": session["started_at"], "ended_at": session["ended_at"], "reason": "By the book."}
        return session and ("PATCH", f"/v1/sessions/{session['id']}", body, {})

    def run_act(self, act, body, *statuses):
        return "POST", f"/v1/runs/{self.run(*statuses)}/{act}", body, {}

    def run_hold(self):
        return self.run_act("hold", {"reason": "The customer called."}, "todo", "in_progress")

    def run_release(self):
        return self.run_act("release", None, "hold")

    def run_cancel(self):
        return self.run_act("cancel", {"reason": "The order is withdrawn."}, "todo", "in_progress", "hold")

    def run_complete(self):
        return self.run_act("complete", None, "in_progress")

    def run_reopen(self):
        return self.run_act("reopen", {"reason": "A bolt was loose.", "acknowledged": []}, "complete", "partial_complete")

    def install(self):
        run = self.run()
        need = self.need(run, self.world.screw)
        body = {"build_requirement_id": need, "part_inventory_id": self.dice.choice(self.world.lots)}
        if self.dice.random() < 0.6:
            body["quantity"] = "1"
        return "POST", f"/v1/runs/{run}/installations", body, {}

    def need(self, run, part):
        """Of a part, as the run was last seen: what a redline made of it may be another."""
        with self.world.lock:
            needs = self.world.runs[run]["build_requirements"]
        return next((n["id"] for n in needs if n["part_id"] == part), needs[0]["id"])

    def uninstall(self):
        with self.world.lock:
            unit = self.world.runs[self.run_unlocked()]["units"][0]["part_inventory_id"]
        status, answer = self.client.ask("GET", f"/v1/inventory/{unit}/abom")
        found = [n["installation_id"] for n in answer.get("items", []) if n.get("installation_id")] if status == 200 else []
        return ("POST", f"/v1/installations/{self.dice.choice(found)}/uninstall", {"reason": "Bent."}, {}) if found else None

    def run_unlocked(self):
        return self.dice.choice(sorted(self.world.runs))

    def run_create(self):
        with self.world.lock:
            live = sum(not r.get("completed_at") and r["status"] != "canceled" for r in self.world.runs.values())
        if live < RUNS:
            self.note("run_create", "/v1/runs", *self.world.create(self.client))
        return None

    def dry_run(self):
        asked = getattr(self, self.dice.choice(["start", "complete", "hold", "cancel"]))()
        return asked and (asked[0], asked[1] + "?dry_run=true", asked[2], {})

    # --- redlines, issues, signatures --------------------------------------------------------------------------------

    def redline(self):
        state = self.dice.choice(["todo", "todo", "in_progress", "hold", "failed", "completed"])
        return self.move("redline", state, reason="The drawing changed.")

    def redline_many(self):
        return self.move("redline", self.dice.choice(["todo", "in_progress"]), 3, True, reason="The drawing changed.")

    def redline_release(self):
        return self.move("release-redline", "redline")

    def redline_cancel(self):
        return self.move("cancel-redline", "redline")

    def redline_edit(self):
        steps = self.steps("redline")
        if not steps:
            return None
        status, step = self.client.ask("GET", f"/v1/steps/{steps[0]}")
        if status != 200:
            return None
        others = self.neighbours(step["run_id"])
        fields = [f["id"] for f in step["fields"]]
        body = self.dice.choice([
            {"instructions": "Torque it twice."},
            {"required": False},
            {"upstream_ids": self.dice.sample(others, min(len(others), self.dice.randrange(3)))},
            {"upstream_ids": self.dice.sample(others, min(len(others), 1))},
            {"add_fields": [{"name": "Torque", "type": "number", "maximum": "5", "required": False}]},
            {"withdraw_fields": self.dice.sample(fields, min(len(fields), 1))},
            {"remove": self.dice.random() < 0.7},
        ])
        return "PATCH", f"/v1/steps/{steps[0]}", body, {}

    def neighbours(self, run):
        with self.world.lock:
            return sorted(s["id"] for s in self.world.runs[run]["steps"]) if run in self.world.runs else []

    def step_add(self):
        run = self.run("todo", "in_progress", "canceled")
        others = self.neighbours(run)
        body = {"reason": "Forgotten.", "title": "x", "required": False}
        if self.dice.random() < 0.3:
            body["parent_id"] = self.dice.choice(others)
        if self.dice.random() < 0.5:
            body["upstream_ids"] = [self.dice.choice(others)]
        return "POST", f"/v1/runs/{run}/steps", body, {}

    def issue_create(self):
        run = self.run()
        with self.world.lock:
            rows = [u["part_inventory_id"] for u in self.world.runs[run]["units"]] + self.world.lots[2:]
        about = self.dice.sample(rows, self.dice.randrange(len(rows) + 1))
        return "POST", "/v1/issues", {"title": "Scratched", "run_id": run, "part_inventory_ids": about}, {}

    def issue(self, *states):
        status, answer = self.client.ask("GET", f"/v1/issues?state={self.dice.choice(states)}&limit=50")
        issues = answer.get("items") if status == 200 else None
        return issues and self.dice.choice(issues)

    def issue_dispose(self):
        issue = self.issue("pending", "pending", "in_progress", "in_review")
        body = {"disposition_type_id": self.dice.choice(self.world.types)}
        return issue and ("POST", f"/v1/issues/{issue['id']}/dispose", body, {})

    def issue_move(self):
        issue = self.issue("pending", "in_progress", "in_review", "resolved")
        act = issue and {"pending": "start", "in_progress": "submit", "in_review": "return", "resolved": "reopen"}[issue["state"]]
        body = {"reason": "Look again."} if act in ("return", "reopen") else None
        return issue and ("POST", f"/v1/issues/{issue['id']}/{act}", body, {})

    def issue_resolve(self):
        issue = self.issue("in_review")
        return issue and ("POST", f"/v1/issues/{issue['id']}/resolve", {}, {})

    def measure(self):
        step, field = self.field("in_progress", "number")
        value = self.dice.choice(["4", "6", "6", None])
        return step and ("PUT", f"/v1/steps/{step}/values", {"values": [{"field_id": field, "value": value}]}, {})

    def deviation(self):
        field = None
        for step in self.steps("in_progress", count=8):
            status, answer = self.client.ask("GET", f"/v1/steps/{step}")
            field = next((f["id"] for f in answer.get("fields", []) if status == 200 and f["out_of_range"]), field)
        return field and ("POST", f"/v1/fields/{field}/deviations", {"rationale": "Within the part's margin."}, {})

    def approve(self):
        with self.world.lock:
            fit = sorted(s["id"] for r in self.world.runs.values() for s in r["steps"] if s["title"] == "e" and s["state"] == "in_progress")
        return ("POST", f"/v1/steps/{self.dice.choice(fit)}/approve", {}, {}) if fit else None

    def sign(self):
        return self.move("sign", "completed")

    # --- the schedule ------------------------------------------------------------------------------------------------

    def times(self):
        """A start and an end, each of them taken back now and then."""
        hour = self.dice.randrange(10_000)
        times = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_798_761_600 + 3600 * h)) for h in (hour, hour + self.dice.randrange(9))]
        return {key: value if self.dice.random() < 0.8 else None for key, value in zip(("scheduled_start", "scheduled_end"), times)}

    def schedule(self):
        ids = self.steps(self.dice.choice(["todo", "in_progress", "hold", "canceled"]), count=3)
        return ids and ("PUT", "/v1/schedule", {"steps": [{"id": i, **self.times()} for i in ids]}, {})

    def schedule_run(self):
        run = {"id": self.run(), **self.times(), "due_at": self.times()["scheduled_end"]}
        return "PUT", "/v1/schedule", {"runs": [run]}, {}

    def some_runs(self):
        with self.world.lock:
            live = sorted(i for i, r in self.world.runs.items() if not r.get("completed_at"))
        return self.dice.sample(live, min(len(live), 1 + self.dice.randrange(2)))

    def plan_apply(self):
        runs = self.some_runs()
        return ("POST", "/v1/plans/apply", {"run_ids": runs, "times": self.dice.choice(["earliest", "latest"])}, {}) if runs else None

    def replan_apply(self):
        runs = self.some_runs()
        return ("POST", "/v1/plans/replan/apply", {"run_ids": runs, "earlier": self.dice.random() < 0.5}, {}) if runs else None

    # --- runs that wait for each other -------------------------------------------------------------------------------

    def waiting(self, run, supplier):
        with self.world.lock:
            needs = [n["id"] for n in self.world.runs[run]["build_requirements"] if n["run_step_id"]]
        return needs and (f"/v1/build-requirements/{needs[0]}/supplies", {"supplying_run_id": supplier, "quantity": "0.25"})

    def two_runs(self):
        with self.world.lock:
            live = sorted(i for i, r in self.world.runs.items() if not r.get("completed_at"))
        return self.dice.sample(live, 2) if len(live) > 1 else (None, None)

    def wait(self):
        one, other = self.two_runs()
        asked = one and self.waiting(one, other)
        return asked and ("POST", *asked, {})

    def requirement(self):
        """A redline of what is waited for: the other part, in place of this or besides, another quantity, or none of it."""
        with self.world.lock:
            live = [r for r in self.world.runs.values() if not r.get("completed_at")]
            steps = {s["id"]: s["state"] for r in live for s in r["steps"] if s["title"] == "g" and s["state"] in ("todo", "redline")}
            needs = {n["run_step_id"]: n["id"] for r in live for n in r["build_requirements"] if n["run_step_id"]}
        step = self.dice.choice(sorted(steps)) if steps else None
        if step not in needs:
            return None
        if steps[step] == "todo":
            return "POST", f"/v1/steps/{step}/redline", {"reason": "Another part does."}, {}
        parts = self.dice.sample([self.world.gadget, self.world.screw], 2)
        body = self.dice.choice([
            {"change_requirements": [{"part_id": parts[0], "substitute_part_ids": self.dice.choice([[], parts[1:]])}]},
            {"change_requirements": [{"quantity_per_unit": self.dice.choice(["0.25", "1", "2"])}]},
            {"withdraw_requirements": [needs[step]]},
        ])
        for change in body.get("change_requirements", []):
            change["build_requirement_id"] = needs[step]
        return "PATCH", f"/v1/steps/{step}", body, {}

    def wait_end(self):
        status, answer = self.client.ask("GET", "/v1/run-supplies?live=true&limit=100")
        waits = answer.get("items") if status == 200 else None
        return waits and ("POST", f"/v1/run-supplies/{self.dice.choice(waits)['id']}/end", {"reason": "Bought."}, {})

    def ring(self):
        """Two runs are made to wait for each other at the same moment."""
        one, other = self.two_runs()
        asked = [self.waiting(one, other), self.waiting(other, one)] if one else []
        if asked and all(asked):
            with ThreadPoolExecutor(2) as both:
                answers = list(both.map(lambda client, ask: client.ask("POST", *ask), (self.client, self.second), asked))
            # Idle until the next, it would be closed.
            self.second.connection.close()
            for (path, _), answer in zip(asked, answers):
                self.note("ring", path, *answer)

    def stale(self):
        asked = self.move("hold", "todo", reason="Late.")
        return asked and (*asked[:3], {"If-Match": '"1"'})

    def read(self):
        run = self.run()
        path = self.dice.choice(["/v1/rollups?level=org", f"/v1/runs/{run}", f"/v1/runs/{run}", f"/v1/runs/{run}/review", f"/v1/steps?run_id={run}"])
        return "GET", path, None, {}


def work(world, client, second, dice, ended):
    storm = Storm(world, client, second, dice)
    names, weights = list(ACTS), [weight for weight, _ in ACTS.values()]
    try:
        while not ended() and len(world.failures) < 20:
            storm.run_once(dice.choices(names, weights)[0])
    except Exception as error:  # a client that ends ends the storm's worth: it is told below
        with world.lock:
            world.failures.append(f"a client ended: {type(error).__name__}: {error}")


def main(url, tokens, seconds="60", seed=None):
    seconds, seed = float(seconds), seed or str(random.SystemRandom().randrange(1 << 32))
    with open(tokens) as file:
        lines = [line.strip() for line in file if line.strip()]
    clients, second = ([Client(url, line) for line in lines] for _ in range(2))
    print(f"{len(clients)} clients, {seconds:g} s, seed {seed}")
    world = World(clients[0], random.Random(seed).randrange(1 << 32))
    ended = ends(seconds, ACTS, world.tally)
    threads = [
        threading.Thread(target=work, args=(world, *both, random.Random(f"{seed} {n}"), ended))
        for n, both in enumerate(zip(clients, second))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = collections.defaultdict(list)
    for (act, answer), count in sorted(world.tally.items()):
        report[act].append(f"{count} {answer}")
    for act, answers in report.items():
        print(f"{act:14} {', '.join(answers)}")
    world.failures += judge(seconds, ACTS, world.tally, clients + second, REFUSALS) + adds_up(clients[0], world.runs)
    print(f"{sum(world.tally.values())} acts, {len(world.runs)} runs, {len(world.failures)} failures")
    for failure in world.failures:
        print(failure[:2000], file=sys.stderr)
    return 1 if world.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
