"""Posts in the forms of X and Pinterest, and which form a file has."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from altd_trainer.data.importing import ImportReport, form_of, import_posts

SIGNATURE = "06a82de8b12948eae7e38de1caaa7ab5"
TWEET = "1534556827223998473"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures named by media key, by number and by signature."""
    (tmp_path / "media" / "deep").mkdir(parents=True)
    for name in (f"3_{TWEET}.jpg", f"deep/{SIGNATURE}.jpeg", "7.png"):
        Image.new("RGB", (20, 20)).save(tmp_path / "media" / name)
    return tmp_path


def imported(path: Path, ids: Path | None = None) -> tuple[list[Any], ImportReport]:
    report = ImportReport()
    form = form_of(path)
    return list(import_posts(path, form, path.parent / "media", ids, report)), report


def test_the_new_form_of_x(folder: Path) -> None:
    media = [{"media_key": f"3_{TWEET}", "type": "photo", "alt_text": "A cat"}]
    media += [{"media_key": "7_1", "type": "video"}, {"media_key": "3_9", "type": "photo"}]
    post = {"id": TWEET, "text": "Meow https://t.co/abc", "author_id": "5"}
    post |= {"attachments": {"media_keys": [item["media_key"] for item in media]}}
    row = {"data": [post], "includes": {"media": media, "users": [{"id": "5", "name": "Ana"}]}}
    (folder / "x.jsonl").write_text(json.dumps(row))
    (example,), report = imported(folder / "x.jsonl")
    assert (example.chosen, example.context.text, example.context.author) == ("A cat", "Meow", "Ana")
    assert (example.post, example.source, example.site) == (TWEET, "twitter_data", "x")
    assert (report.read, report.without_alt) == (2, 1)


def test_the_old_form_of_x_and_a_list_of_ids(folder: Path) -> None:
    media = [{"id_str": TWEET, "type": "photo", "ext_alt_text": "A cat"}]
    rows = [
        {"id_str": name, "full_text": "Meow", "extended_entities": {"media": media}}
        for name in (TWEET, "1" * 18)
    ]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "ids.csv").write_text(f"id,url\n{TWEET},https://pbs.twimg.com/media/{'1' * 18}.jpg\n")
    (example,), report = imported(folder / "x.jsonl", folder / "ids.csv")
    assert (example.post, report.not_listed) == (TWEET, 1)


def test_the_archive_of_pinterest(folder: Path) -> None:
    def pin(number: int, image: str, alt: str, private: str = "False") -> str:
        return (
            f'<a href="https://www.pinterest.com/pin/{number}/">https://www.pinterest.com/pin/{number}/</a>\n'
            f"<br>Title: Rice &amp; beans,\n<br>Details: one,\n<br>two,\n<br>Image: {image},\n"
            "<br>Is Video: No data,\n"
            f"<br>Username: ana,\n<br>Alt Text: {alt},\n<br>Alive: True\n<br>Private: {private}<br><br>"
        )

    body = pin(1, SIGNATURE, "A bowl, full") + pin(2, SIGNATURE, "No data") + pin(3, SIGNATURE, "x", "True")
    page = f"<div><h1 id=a>Pins</h1>\n{body}<h1 id=b>Boards</h1>\n{pin(9, SIGNATURE, 'x')}</div>"
    (folder / "export.html").write_text(page)
    (example,), report = imported(folder / "export.html")
    assert (example.id, example.chosen, example.context.title) == (
        "pinterest_data-1",
        "A bowl, full",
        "Rice & beans",
    )
    assert example.context.text == "one,\ntwo"
    assert (report.read, report.without_alt) == (2, 1)


def test_the_api_of_pinterest(folder: Path) -> None:
    address = f"https://i.pinimg.com/originals/06/a8/2d/{SIGNATURE}.jpg"
    pins = [
        {"id": "5", "alt_text": "A bowl", "description": None, "media": {"images": {"a": {"url": address}}}},
        {"id": "7", "alt_text": "A cup", "media": {}},
    ]  # fmt: skip
    (folder / "p.json").write_text(json.dumps([{"items": pins, "bookmark": None}]))
    examples, _ = imported(folder / "p.json")
    assert [example.image.name for example in examples] == [f"{SIGNATURE}.jpeg", "7.png"]


def test_what_is_wrong_is_said(folder: Path) -> None:
    (folder / "p.html").write_text("<h1>Boards</h1>")
    with pytest.raises(ValueError, match=r"p\.html: there is no pin below a heading `Pins`"):
        imported(folder / "p.html")
    (folder / "x.jsonl").write_text('{"image": 3, "alt": "A cat"}')
    with pytest.raises(ValueError, match=r"x\.jsonl, line 1: the column `image` must be text, not a number"):
        imported(folder / "x.jsonl")
    (folder / "ids").write_text("none")
    (folder / "x.jsonl").write_text('{"image": "7.png", "alt": "A cat"}')
    with pytest.raises(ValueError, match="ids: there is no id"):
        imported(folder / "x.jsonl", folder / "ids")
