"""The demo's report: every picture beside its post and its accessible name, as a page and as a screenshot."""

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext

from altd.demo.browser import is_described

_STYLE = """
body { font: 16px/1.45 sans-serif; margin: 2rem; color: #111; background: #fff; max-width: 60rem }
table { border-collapse: collapse } caption { text-align: left; font-size: 1.3rem; padding-bottom: .8rem }
th, td { text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid #ccc }
img { width: 8rem; display: block }
"""


@dataclass(frozen=True)
class Row:
    """One picture, its post, and the name that the browser's accessibility tree reports for it."""

    image: str
    site: str
    post: str
    name: str

    @property
    def described(self) -> bool:
        return is_described(self.name)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "described": self.described}


async def write_report(context: BrowserContext, rows: Sequence[Row], out: Path) -> None:
    """Write `report.html` and `report.png` into `out`."""
    page_file = out / "report.html"
    page_file.write_text(_page(rows), encoding="utf-8")
    page = await context.new_page()
    await page.goto(page_file.absolute().as_uri())
    await page.screenshot(path=out / "report.png", full_page=True)
    await page.close()


def _page(rows: Sequence[Row]) -> str:
    body = "\n".join(
        f'<tr><td><img src="pictures/{html.escape(row.image)}" alt=""></td><td>{html.escape(row.site)}</td>'
        f"<td>{html.escape(row.post)}</td><td>{html.escape(row.name)}</td></tr>"
        for row in rows
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>altd demo</title>'
        f"<style>{_STYLE}</style></head><body><table>"
        "<caption>What a screen reader is told of each picture</caption><thead><tr>"
        '<th scope="col">Picture</th><th scope="col">Site</th><th scope="col">Post</th>'
        f'<th scope="col">Accessible name</th></tr></thead><tbody>{body}</tbody></table></body></html>'
    )
