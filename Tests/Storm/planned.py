"""What is asked at the end of the storm: whether a run waits for itself, and whether what is planned adds up (H1-H3)."""

import collections


def listed(client, path):
    """All of a list, page by page."""
    items, cursor = [], ""
    while cursor is not None:
        status, answer = client.ask("GET", f"{path}&limit=100{cursor and '&cursor=' + cursor}")
        if status != 200:
            raise SystemExit(f"{path}: {status} {answer}")
        items += answer["items"]
        cursor = answer["next_cursor"]
    return items


def planned(steps, parent=None):
    """When the steps inside another, or a run, are planned by what was said of them alone: the first start, the last end (H1)."""
    starts, ends = [], []
    for step in (s for s in steps if s["parent_id"] == parent):
        nested = planned(steps, step["id"])
        said = (None, None) if step["state"] == "canceled" else (step["scheduled_start"], step["scheduled_end"])
        starts.append(said[0] or nested[0])
        ends.append(said[1] or nested[1])
    return min(filter(None, starts), default=None), max(filter(None, ends), default=None)


def adds_up(client, runs):
    """What at the end is wrong with the waits between the runs and with when all of it is planned, in words; asked as any client would."""
    faults, whole, waits = [], {}, collections.defaultdict(set)
    for wait in listed(client, "/v1/run-supplies?live=true"):
        waits[wait["run_id"]].add(wait["supplying_run_id"])

    def below(run):
        """The runs that one waits for, at any depth."""
        found, new = set(), {run}
        while new:
            new = set().union(*(waits[r] for r in new)) - found
            found |= new
        return found

    for run in sorted(runs):
        status, seen = client.ask("GET", f"/v1/runs/{run}")
        steps, said = seen["steps"], seen["schedule"]
        follows = planned(steps)
        times = tuple(said["scheduled_" + name] or then for name, then in zip(("start", "end"), follows))
        if times != (said["effective_start"], said["effective_end"]):
            faults.append(f"run {seen['number']} is planned for {said['effective_start']} to {said['effective_end']}, its steps say {times}")
        state = "completed" if seen["completed_at"] else "canceled" if seen["status"] == "canceled" else "live"
        whole[run] = {"state": state, "start": times[0], "end": times[1], "due": said["due_at"]}
    live = [r for r in whole if whole[r]["state"] == "live"]
    for level, group, members in [("org", None, live), *(("assembly", r, {r} | below(r)) for r in sorted(waits))]:
        if group and group in below(group):
            faults.append(f"run {group} waits for itself")
        _, answer = client.ask("GET", f"/v1/rollups?level={level}" + (f"&id={group}" if group else ""))
        told, there = answer["items"][0], [whole[m] for m in members]
        counted = [m for m in there if m["state"] != "canceled"]
        open_ones = [m for m in there if m["state"] == "live"]
        expected = {
            "effective_start": min(filter(None, (m["start"] for m in counted)), default=None),
            "effective_end": max(filter(None, (m["end"] for m in counted)), default=None),
            "due_at": min(filter(None, (m["due"] for m in open_ones)), default=None),
            "members": len(there), "completed": sum(m["state"] == "completed" for m in there),
            "canceled": len(there) - len(counted), "unscheduled": sum(not (m["start"] or m["end"]) for m in open_ones),
        }
        faults += [f"{level} {group}: {key} is {told[key]}, and not {value}" for key, value in expected.items() if told[key] != value]
    print(f"{sum(map(len, waits.values()))} waits of {len(waits)} runs")
    return faults
