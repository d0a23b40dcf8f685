"""Sending the fuzzer's cases to a daemon and holding every answer against what is documented."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from altd.engine.spawn import Timing
from altd.errors import ERRORS
from altd.server.openapi import build_document
from altd.server.routes import ROUTES
from daemon_process import Answer, Daemon
from fuzz.cases import Case, make

CLIENTS = 4
NOT_HTTP = "(not HTTP)"
SLOW_S = Timing().decode
"""A picture may not keep the decoder for longer; one that does is refused in the end like any broken one."""
_OPERATIONS = build_document(ROUTES)["paths"]


@dataclass
class Findings:
    """What came back.

    Attributes:
        answers: `200`, `404 unknown_description` … → how often.
        faults: number of the case → what is wrong with its answer.
        peaks: memory's high-water mark of every process, in bytes, by role (`daemon`, `child`).
        children: process ids of the children; more than one: a picture ended a decoder.
        slowest_s: seconds of the slowest case, from its submission to its last answer.
    """

    answers: Counter[str] = field(default_factory=Counter)
    faults: dict[int, str] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=lambda: {"daemon": 0, "child": 0})
    children: set[int] = field(default_factory=set)
    slowest_s: float = 0.0

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "requests": self.answers.total(),
            "answers": dict(sorted(self.answers.items())),
            "faults": self.faults,
            "peak_memory_bytes": self.peaks,
            "children_used": len(self.children),
            "slowest_s": round(self.slowest_s, 1),
        }


def run(daemon: Daemon, seed: int, numbers: range) -> Findings:
    """Send the cases, a few at a time, and those that were slow once more alone."""
    found = Findings()
    slow: list[int] = []
    look_at_memory(daemon, found)
    with ThreadPoolExecutor(CLIENTS) as pool:
        for start in range(numbers.start, numbers.stop, 100):
            part = range(start, min(start + 100, numbers.stop))
            for number, name, fault, seconds in pool.map(lambda number: _try(daemon, seed, number), part):
                found.answers[name] += 1
                found.slowest_s = max(found.slowest_s, seconds)
                slow += [number] * (seconds > SLOW_S)
                if fault:
                    found.faults[number] = fault
            assert daemon.process.poll() is None, f"the daemon ended between cases {start} and {part.stop}"
            look_at_memory(daemon, found)
    for number in slow:
        daemon.wait_until_ready()
        *_, seconds = _try(daemon, seed, number)
        if seconds > SLOW_S:
            found.faults[number] = f"takes {seconds:.0f} s, twice"
    return found


def _try(daemon: Daemon, seed: int, number: int) -> tuple[int, str, str, float]:
    start = time.monotonic()
    return number, *send(daemon, make(seed, number)), time.monotonic() - start


def send(daemon: Daemon, case: Case) -> tuple[str, str]:
    """Send one case and follow a picture to its end: the last answer's name, and what is wrong with it."""
    answer = daemon.ask(case.method, case.path, data=case.data, headers=case.headers)
    name, fault = judge(case, answer)
    while case.kind == "picture" and answer.status == 202 and not fault:
        case = Case("picture", "GET", f"/v1/descriptions/{answer.body['id']}?wait=20", _SHOW)
        answer = daemon.ask("GET", case.path)
        name, fault = judge(case, answer)
    return name, fault


_SHOW = next(route for route in ROUTES if (route.method, route.path) == ("GET", "/v1/descriptions/{id}"))


def judge(case: Case, answer: Answer) -> tuple[str, str]:
    """The answer's name for the count, and what is wrong with it, if anything."""
    if answer.status < 400:
        return str(answer.status), "" if _documented(
            case, answer.status
        ) else "a status that is not documented"
    if answer.status == 400 and "json" not in answer.headers.get("Content-Type", ""):
        return NOT_HTTP, ""  # aiohttp's parser refuses what is not HTTP before altd sees it
    if case.method == "HEAD":
        return f"{answer.status} (HEAD)", "" if answer.status < 500 else "a server error"
    try:
        code = answer.code
    except (ValueError, AssertionError):
        return str(answer.status), f"not the documented form: {answer.data[:200]!r}"
    return f"{answer.status} {code}", _fault(case, answer, code)


def _fault(case: Case, answer: Answer, code: str) -> str:
    if code not in ERRORS or ERRORS[code].status != answer.status:
        return f"{code} with status {answer.status} is not in the table"
    if answer.status >= 500 and code != "queue_full":
        return f"{case.method} {case.path[:80]} is answered with {code}"
    return (
        "" if _documented(case, answer.status, code) else f"{case.method} {case.path[:80]} may not say {code}"
    )


def _documented(case: Case, status: int, code: str | None = None) -> bool:
    """Whether the OpenAPI document names the status for the route, and in its description the code."""
    if case.route is None:
        return True
    response = _OPERATIONS[case.route.path][case.route.method.lower()]["responses"].get(str(status))
    return response is not None and (code is None or code in response["description"].split(", "))


def look_at_memory(daemon: Daemon, found: Findings) -> None:
    """Take the high-water marks of the daemon and its children down."""
    process = psutil.Process(daemon.process.pid)
    found.peaks["daemon"] = max(found.peaks["daemon"], peak_memory(process.pid))
    for child in process.children(recursive=True):
        found.children.add(child.pid)
        found.peaks["child"] = max(found.peaks["child"], peak_memory(child.pid))


def peak_memory(pid: int) -> int:
    """The most memory that a process ever had in use, in bytes; where the system does not tell: has now."""
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        kilobytes = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(kilobytes.split()[1]) * 1024
    return int(psutil.Process(pid).memory_info().rss)


def write(found: Findings, file: Path, **more: Any) -> None:
    """Write a report."""
    file.write_text(json.dumps({**more, **found.report()}, indent=2) + "\n", encoding="utf-8")
