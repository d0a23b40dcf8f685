"""What ran on a page's main thread, from a trace of Chromium: tasks, and the content script's part in each.

Times are the thread's own processor time, so that other work on the machine does not lengthen them. Chromium
counts it for each task; the script's part in a task is its share of the profiler's samples there.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from playwright.async_api import CDPSession

LONG_MS = 50
_CATEGORIES = ["toplevel", "disabled-by-default-v8.cpu_profiler", "__metadata"]
_OWN = "chrome-extension://"


@dataclass(frozen=True)
class Task:
    """One task of the main thread, in milliseconds of processor time."""

    all_ms: float
    script_ms: float

    @property
    def is_long_by_script(self) -> bool:
        """Over 50 ms, and not without the script."""
        return self.all_ms > LONG_MS >= self.all_ms - self.script_ms


async def traced(session: CDPSession, work: Awaitable[Any]) -> list[dict[str, Any]]:
    """Every trace event while `work` runs."""
    events: list[dict[str, Any]] = []
    ended = asyncio.Event()
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.set())
    config = {"includedCategories": _CATEGORIES, "recordMode": "recordUntilFull"}
    await session.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
    await work
    await session.send("Tracing.end")
    await ended.wait()
    return events


def tasks(events: list[dict[str, Any]]) -> list[Task]:
    """The tasks of the one main thread on which the content script ran, or of the busiest one."""
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    busiest = max(threads, key=lambda thread: sum(event["tdur"] for event in _runs(events, thread)))
    runs = _runs(events, busiest)
    times, inside = _samples(events, busiest[0])
    owned = [0, *accumulate(inside)]
    found = []
    for run in runs:
        first, end = bisect_left(times, run["ts"]), bisect_right(times, run["ts"] + run["dur"])
        share = (owned[end] - owned[first]) / (end - first) if end > first else 0.0
        found.append(Task(run["tdur"] / 1000, run["tdur"] / 1000 * share))
    return found


def _runs(events: list[dict[str, Any]], thread: tuple[int, int]) -> list[dict[str, Any]]:
    """Complete tasks of a thread; a task inside another one is part of it."""
    runs = [
        event
        for event in events
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) == thread and "tdur" in event
    ]
    outer: list[dict[str, Any]] = []
    for run in sorted(runs, key=lambda event: (event["ts"], -event["dur"])):
        if not outer or run["ts"] >= outer[-1]["ts"] + outer[-1]["dur"]:
            outer.append(run)
    return outer


def _samples(events: list[dict[str, Any]], pid: int) -> tuple[list[int], list[bool]]:
    """When the profiler of a process looked, and whether it saw a function of ours on the stack."""
    own: dict[int, bool] = {}
    times: list[int] = []
    inside: list[bool] = []
    at = 0
    for event in sorted((e for e in events if e["pid"] == pid), key=lambda event: event["ts"]):
        data = event.get("args", {}).get("data", {})
        if event["name"] == "Profile":
            at = data["startTime"]
        if event["name"] != "ProfileChunk":
            continue
        profile = data.get("cpuProfile", {})
        for node in profile.get("nodes", []):
            url = node["callFrame"].get("url", "")
            own[node["id"]] = url.startswith(_OWN) or own.get(node.get("parent", -1), False)
        for node_id, delta in zip(profile.get("samples", []), data.get("timeDeltas", []), strict=True):
            at += delta
            times.append(at)
            inside.append(own.get(node_id, False))
    return times, inside
