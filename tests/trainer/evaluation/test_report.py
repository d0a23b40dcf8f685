"""The report: read by a parser, and by axe in a real Chromium."""

import base64
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from shutil import which

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from altd.describe.prompt import Context
from altd_trainer.evaluation import Item, open_items
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.report import render, write_report
from altd_trainer.evaluation.results import Evaluation, evaluated

from .pages import Element, read_page

AXE = Path(__file__).parents[3] / "extension/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HOSTILE = "</style><script>alert('&amp;')</script>\" onload=x"


@pytest.fixture(scope="module")
def evaluations() -> list[Evaluation]:
    """Two answerers on 24 pictures: one that is right, sure, and once false; one that keeps silent."""
    items = open_items("synthetic:test", 24)
    hostile = Context(site="x", author=HOSTILE, text=HOSTILE)
    items[0] = replace(items[0], reference=HOSTILE, context=hostile, id=HOSTILE)
    answers = [
        Answer(item.reference, "done", "high", item.reference, 0.6 + index / 100, item.lines)
        for index, item in enumerate(items)
    ]
    answers[3] = Answer("A zebra and a “sign”.", "done", "high", "A zebra and a “sign”.", 0.5)
    silent = [Answer("", "no_description", "low", said=HOSTILE, from_model=False) for _ in items]
    return [
        evaluated("model", "digest", {"model": HOSTILE}, items, answers),
        evaluated("model", "digest", {}, items, silent),
    ]


@pytest.fixture(scope="module")
def page(evaluations: list[Evaluation]) -> Element:
    return read_page(render(evaluations, HOSTILE, 0))


def test_language_title_and_headings_in_order(page: Element) -> None:
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").text.startswith("Evaluation of model")
    levels = [int(heading.name[1]) for heading in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("h3")) == 24 + 2


def test_links_lead_somewhere_and_the_first_skips(page: Element) -> None:
    ids = [element.attributes["id"] for element in page.all(*_names(page)) if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = page.all("a")
    assert {link.attributes["href"].removeprefix("#") for link in links} <= set(ids)
    assert (links[0].attributes["class"], links[0].attributes["href"]) == ("skip", "#content")
    assert page.one("main").attributes["id"] == "content"


def test_tables_have_captions_and_scopes(page: Element) -> None:
    tables = page.all("table")
    assert len(tables) == 3
    for table in tables:
        assert table.one("caption").text
        assert all(cell.attributes["scope"] in ("col", "row") for cell in table.all("th"))
        assert all(row.all("th") for row in table.all("tr"))
        widths = {len(row.all("th", "td")) for row in table.all("tr")}
        assert len(widths) == 1


def test_every_picture_is_in_the_file_under_its_reference(
    page: Element, evaluations: list[Evaluation]
) -> None:
    plot, *pictures = page.all("img")
    assert plot.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert "table below" in plot.attributes["alt"]
    references = {outcome.item.reference for outcome in evaluations[0].judged}
    assert {picture.attributes["alt"] for picture in pictures} == references
    for picture in pictures:
        kind, _, data = picture.attributes["src"].partition(",")
        assert kind == "data:image/jpeg;base64"
        assert max(Image.open(BytesIO(base64.b64decode(data))).size) <= 480


def test_nothing_runs_and_nothing_is_fetched(page: Element) -> None:
    assert page.all("script", "link", "iframe", "object") == []
    every = page.all(*_names(page))
    assert not [element for element in every if any(name.startswith("on") for name in element.attributes)]
    policy = next(m for m in page.all("meta") if "http-equiv" in m.attributes).attributes["content"]
    assert policy.startswith("default-src 'none'")
    assert any(HOSTILE.split()[0] in element.text for element in page.all("dd"))


def test_the_worst_comes_first_and_is_named(page: Element) -> None:
    first = next(heading for heading in page.all("h3"))
    assert first.text.endswith("false and sure")
    assert "false confident answers of those that are sure 1 of 24: 4.2 %" in page.text
    assert "0, no answer is sure" in page.text
    answers = next(section for section in page.all("section"))
    assert [heading.text for heading in answers.all("h4")] == ["model", "model (2)"]
    assert "False and sure: quotation." in answers.text
    assert "The model said, withheld:" in answers.text


def test_only_as_many_pictures_as_wanted(evaluations: list[Evaluation], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_report(evaluations[:1], "set", 2, file)
    page = read_page(file.read_text())
    assert len(page.all("section")) == 2
    assert "The 2 worst of 24." in page.text
    assert file.stat().st_mode & 0o777 == 0o600


def test_pictures_without_known_facts_say_what_is_counted(evaluations: list[Evaluation]) -> None:
    items = [
        Item(f"{n}", o.item.picture, Context(), "A cat.") for n, o in enumerate(evaluations[0].judged[:3])
    ]
    answers = [Answer("A dog."), Answer("“OPEN”", lines=("OPEN",)), Answer("", "failed", error="It broke.")]
    page = read_page(render([evaluated("m", "d", {}, items, answers)], "set", 0))
    assert "the number is the most that there can be" in page.text
    assert "1 of 2: 50.0 %" in page.text
    assert "It broke." in page.text
    assert "Reliability" not in page.text


@pytest.mark.browser
@pytest.mark.skipif(which("chromium") is None or not AXE.is_file(), reason="needs Chromium and axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(evaluations: list[Evaluation], tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "report.html"
    write_report(evaluations, "set", 3, file)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        # the page forbids scripts, axe is one
        page = browser.new_page(bypass_csp=True, color_scheme=scheme, viewport={"width": 320, "height": 640})
        page.goto(file.as_uri())
        page.add_script_tag(path=AXE)
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        browser.close()


def _names(page: Element) -> set[str]:
    """The names of all elements."""
    names: set[str] = set()
    waiting = [page]
    while waiting:
        element = waiting.pop()
        names.add(element.name)
        waiting += [child for child in element.children if isinstance(child, Element)]
    return names
