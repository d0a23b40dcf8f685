"""What axe-core has against a page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "extension/node_modules/axe-core/axe.min.js"


@dataclass(frozen=True)
class Violation:
    """One rule that one element breaks."""

    rule: str
    element: str
    where: str


async def violations(page: Page, schemes: tuple[str, ...] = ("light",)) -> list[Violation]:
    """What axe finds in these colour schemes."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE.read_text())
    found = []
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        results: dict[str, Any] = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        found += [
            Violation(violation["id"], node["html"], f"{page.url} {scheme}")
            for violation in results["violations"]
            for node in violation["nodes"]
        ]
    return found
