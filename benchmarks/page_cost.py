"""What the extension costs a page: main-thread time per post, long tasks, memory, a page without images.

    npx --prefix extension wxt build   # or: make extension
    python benchmarks/page_cost.py --output benchmarks/results/page.json

A real Chromium opens pages of our own at https://x.com (nothing leaves this machine). Every description is
in the extension's cache beforehand, so that the content script finds, asks, labels and sweeps as it does
beside a fast daemon. Its time is read from the browser's CPU profile (samples below functions of the content
script), as a share of the processor time of the main thread. Long tasks are those of the main thread's
processor time, each with the script's part in it. Neither is lengthened by other work on the machine.
Everything is done twice, the extension switched on and off.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from main_thread import LONG_MS, Task, tasks, traced
from playwright.async_api import BrowserContext, CDPSession, Page, Route, Worker

from altd.demo.browser import open_browser

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_US = 200
PIXEL = bytes.fromhex(
    "47494638396101000100800000c8c8c800000021f90400000000002c00000000010001000002024401003b"
)

PAGE = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


def main() -> None:
    """Run, print and, where asked, write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extension", type=Path, default=ROOT / "extension/.output/chrome-mv3")
    parser.add_argument("--posts", type=int, default=500, help="appended while scrolling")
    parser.add_argument("--many", type=int, default=5000, help="for memory, in a list that keeps 30")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    result = asyncio.run(run(options.extension, options.posts, options.many))
    text = json.dumps(result, indent=1) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


async def run(extension: Path, posts: int, many: int) -> dict[str, Any]:
    """Measure with the extension on and off."""
    with tempfile.TemporaryDirectory() as profile:
        async with open_browser(extension, Path(profile), 1, "MAP * 127.0.0.1:1") as context:
            await context.route("**/*", answer)
            worker = await the_worker(context)
            await remember(worker, max(posts, many))
            sides = {}
            for side in ("on", "off"):
                await worker.evaluate(
                    "(on) => chrome.storage.sync.set({ settings: { enabled: on } })", side == "on"
                )
                sides[side] = await measure(context, posts, many)
            chromium = context.browser.version if context.browser else await version_of(context)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),  # times by the wall clock grow with it
        },
        "chromium": chromium,
        "sampling_us": SAMPLE_US,
        **sides,
        "summary": summary(sides, posts),
    }


def summary(sides: dict[str, Any], posts: int) -> dict[str, Any]:
    """The figures that the issue asks for."""
    on = sides["on"]
    grown = {side: sides[side]["memory"]["grown_in_second_half_kib"] for side in sides}
    return {
        "script_cpu_ms_per_post": round(on["scrolling"]["script_cpu_ms"] / posts, 3),
        "page_cpu_ms_per_post": {
            side: round(sides[side]["scrolling"]["page_cpu_ms"] / posts, 3) for side in sides
        },
        "longest_script_part_cpu_ms": on["scrolling"]["longest_script_part_cpu_ms"],
        "long_tasks_by_script": on["scrolling"]["long_tasks_by_script"],
        "long_tasks": {side: len(sides[side]["scrolling"]["long_tasks_cpu_ms"]) for side in sides},
        "memory_grown_in_second_half_kib": grown,
        "script_cpu_ms_per_post_without_images": round(on["without_images"]["script_cpu_ms"] / posts, 4),
    }


async def measure(context: BrowserContext, posts: int, many: int) -> dict[str, Any]:
    """One side: scrolling, memory, a page without images."""
    async with opened(context) as (page, session):
        scrolling = await profiled(page, session, f"scroll({posts}, 5, Infinity, true)")
        await page.wait_for_timeout(1000)
        scrolling["labelled"] = await page.evaluate("labelled()")
    async with opened(context) as (page, session):
        events = await traced(session, page.evaluate(f"scroll({posts}, 5, Infinity, true)"))
        scrolling |= long_tasks(tasks(events))
    async with opened(context) as (page, session):
        memory = await memory_over(page, session, many)
    async with opened(context) as (page, session):
        without = await profiled(page, session, f"scroll({posts}, 5, Infinity, false)")
    return {"scrolling": scrolling, "memory": memory, "without_images": without}


def long_tasks(found: list[Task]) -> dict[str, Any]:
    """Tasks over 50 ms, how many of them the script made so, and its largest part in any task."""
    return {
        "tasks": len(found),
        "long_tasks_cpu_ms": [round(task.all_ms, 1) for task in found if task.all_ms > LONG_MS],
        "long_tasks_by_script": sum(task.is_long_by_script for task in found),
        "longest_script_part_cpu_ms": round(max(task.script_ms for task in found), 1),
    }


async def memory_over(page: Page, session: CDPSession, many: int) -> dict[str, Any]:
    """The scripts' memory after every tenth of so many posts; the first fills the caches."""
    heap = {}
    for tenth in range(1, 11):
        await page.evaluate(f"scroll({many // 10}, 10, 30, true)")
        heap[tenth * many // 10] = await heap_kib(page, session)
    return {"heap_kib": heap, **growth(list(heap.values()))}


def growth(heap: list[float]) -> dict[str, float]:
    """From the first measurement to the last, and of that in the second half, when every cache is full."""
    middle = heap[len(heap) // 2 - 1]
    return {
        "grown_kib": round(heap[-1] - heap[0], 1),
        "grown_in_second_half_kib": round(heap[-1] - middle, 1),
    }


@asynccontextmanager
async def opened(context: BrowserContext) -> AsyncIterator[tuple[Page, CDPSession]]:
    page = await context.new_page()
    await page.goto("https://x.com/home")
    await page.bring_to_front()
    await page.wait_for_timeout(500)
    try:
        yield page, await context.new_cdp_session(page)
    finally:
        await page.close()


async def profiled(page: Page, session: CDPSession, work: str) -> dict[str, Any]:
    """Time in the content script while `work` runs, in milliseconds.

    On a machine with other work the profile's times, by the wall clock, are too long. So its share of what
    is not idle is taken, of the processor time that the page's main thread has used.
    """
    await session.send("Profiler.enable")
    await session.send("Profiler.setSamplingInterval", {"interval": SAMPLE_US})
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await session.send("Profiler.start")
    before = await task_ms(session)
    await page.evaluate(work)
    busy = await task_ms(session) - before
    profile = (await session.send("Profiler.stop"))["profile"]
    return {
        "page_cpu_ms": round(busy, 1),
        "script_cpu_ms": round(busy * share_of_script(profile), 1),
    }


async def task_ms(session: CDPSession) -> float:
    """Processor time of the page's main thread until now."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return 1000 * float({metric["name"]: metric["value"] for metric in metrics}["TaskDuration"])


def share_of_script(profile: dict[str, Any]) -> float:
    """The share of all that is not idle which is spent below functions of the content script."""
    inside: dict[int, bool] = {}
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", [])}

    def is_inside(node: int) -> bool:
        if node not in inside:
            own = nodes[node]["callFrame"]["url"].startswith("chrome-extension://")
            inside[node] = own or (node in parents and is_inside(parents[node]))
        return inside[node]

    total = idle = 0.0
    # A sample's time lasts until the next one.
    for node, delta in zip(profile["samples"], [*profile["timeDeltas"][1:], 0], strict=True):
        total += delta if is_inside(node) else 0.0
        idle += delta if nodes[node]["callFrame"]["functionName"] == "(idle)" else 0.0
    busy = sum(profile["timeDeltas"][1:]) - idle
    return total / busy if busy > 0 else 0.0


async def heap_kib(page: Page, session: CDPSession) -> float:
    """Memory of all scripts of the page after collection, those of the extension included."""
    await page.wait_for_timeout(1000)
    await session.send("HeapProfiler.enable")
    for _ in range(3):
        await session.send("HeapProfiler.collectGarbage")
    await session.send("HeapProfiler.disable")
    return round(float((await session.send("Runtime.getHeapUsage"))["usedSize"]) / 1024, 1)


async def answer(route: Route) -> None:
    """The page for x.com, one pixel for every picture."""
    if "pbs.twimg.com" in route.request.url:
        await route.fulfill(body=PIXEL, content_type="image/gif")
    elif route.request.url.startswith("https://x.com/"):
        await route.fulfill(body=PAGE, content_type="text/html")
    else:
        await route.continue_()


async def the_worker(context: BrowserContext) -> Worker:
    if context.service_workers:
        return context.service_workers[0]
    return await context.wait_for_event("serviceworker", timeout=15_000)


async def version_of(context: BrowserContext) -> str:
    session = await context.new_cdp_session(await context.new_page())
    return str((await session.send("Browser.getVersion"))["product"])


async def remember(worker: Worker, count: int) -> None:
    """Put a description of every post's picture into the extension's cache."""
    await worker.evaluate(
        """async (count) => {
            const entries = {};
            for (let n = 0; n < count; n++) {
                const mediaKey = `x:POST${String(n).padStart(11, '0')}`;
                const context = { site: 'x', text: '', author: '', quoted: '', title: '', extra: '' };
                const request = { mediaKey, imageUrl: 'https://pbs.twimg.com/media/A?format=jpg&name=medium',
                    context, language: 'en', priority: 'visible' };
                const text = `A description of about the usual length, which says what can be seen in ${n}.`;
                const description = { id: `d${n}`, state: 'done', text, confidence: 'high', text_in_image: '',
                    language: 'en' };
                const entry = { request, description, edited: null, earlier: [], verdicts: [], more: null };
                entries[`entry:${mediaKey}`] = { entry, usedAt: n };
            }
            await chrome.storage.session.set(entries);
        }""",
        count,
    )


if __name__ == "__main__":
    main()
