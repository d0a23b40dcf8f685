"""The reader: drawn pictures, reading order, and the twenty real posts where they are at hand."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from altd.describe.reader import Reader, ReadLine, order_lines
from daemon.describe.pictures import with_text

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "images"

# Beginning of each file's name → beginning of the sha256 of its title's letters and digits, as a person
# read it. Four of the twenty pictures have no legible text.
TITLES = {
    "06a82de8": "338686c2b537",
    "09009aa2": "c3aac6de6b47",
    "2daa695f": "7443be028bc0",
    "500675": "76b48a8d673c",
    "768065": "7190b83470fc",
    "822081": "19e66523d4d0",
    "529090": "05b5316ab19c",
    "998473": "6683e2aecbcb",
    "823746": "e58c1f5c22c1",
    "138624": "1f579de54851",
    "4ffaa1e7": "4950c783861c",
    "51db708f": "00364da7a99e",
    "5e99e681": "f6ffd0394f0a",
    "87c14e91": "f5158ee49716",
    "93ef6d7c": "7f480917c30d",
    "dd37add5": "6b58e78bcf3f",
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=2)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the reader wants the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def texts(lines: Sequence[ReadLine]) -> list[str]:
    return [line.text for line in lines]


def test_lines_are_read_in_order_with_their_places(reader: Reader) -> None:
    picture = with_text(["Fresh bread", "every morning", "7 till 12"])
    lines = reader.read(picture)
    assert texts(lines) == ["Fresh bread", "every morning", "7 till 12"]
    left, top, right, bottom = lines[0].box
    assert 20 <= left <= 40
    assert 20 <= top < bottom <= 110
    assert 200 < right < 400
    assert all(line.confidence > 0.9 for line in lines)


def test_a_large_picture_gives_boxes_in_its_own_pixels(reader: Reader) -> None:
    lines = reader.read(with_text(["Wide Open"], (3000, 2000), 240))
    assert texts(lines) == ["Wide Open"]
    assert lines[0].box[2] > 900


def test_a_thumbnail_is_read(reader: Reader) -> None:
    assert texts(reader.read(with_text(["Soup"], (160, 120), 22))) == ["Soup"]


@pytest.mark.parametrize("size", [(1, 1), (600, 400), (3000, 2), (2, 3000)])
def test_no_text_no_lines(reader: Reader, size: tuple[int, int]) -> None:
    assert reader.read(Image.new("RGB", size, "navy")) == []


def line(text: str, left: int, top: int, right: int, bottom: int) -> ReadLine:
    return ReadLine(text, 0.9, (left, top, right, bottom))


def test_words_of_one_line_are_joined() -> None:
    words = [line("world", 120, 12, 200, 32), line("Hello", 10, 10, 110, 30)]
    assert order_lines(words) == [ReadLine("Hello world", 0.9, (10, 10, 200, 32))]


def test_columns_stay_apart_and_go_left_to_right() -> None:
    words = [line("right", 300, 10, 400, 30), line("left", 10, 11, 110, 31), line("below", 10, 60, 110, 80)]
    assert texts(order_lines(words)) == ["left", "right", "below"]


def test_a_big_number_beside_three_lines_does_not_swallow_them() -> None:
    words = [
        line("third", 120, 70, 200, 90),
        line("30", 10, 10, 100, 90),
        line("first", 120, 10, 200, 30),
        line("second", 120, 40, 200, 60),
    ]
    assert texts(order_lines(words)) == ["30", "first", "second", "third"]


def test_slightly_slanted_lines_keep_their_words() -> None:
    words = [line("up", 120, 4, 200, 24), line("going", 10, 10, 110, 30), line("next", 10, 40, 110, 60)]
    assert texts(order_lines(words)) == ["going up", "next"]


def phrases(lines: Sequence[str]) -> Iterator[str]:
    words = ["".join(filter(str.isalnum, word.casefold())) for text in lines for word in text.split()]
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + 6) + 1):
            yield "".join(words[start:end])


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample posts are not here")
def test_the_titles_of_the_sample_posts_are_read(reader: Reader) -> None:
    missed = []
    for file in sorted(SAMPLES.iterdir()):
        with Image.open(file) as picture:
            found = texts(reader.read(picture.convert("RGB")))
        title = TITLES.get(file.name[:8] if file.name[1] != "_" else file.stem[-6:])
        if title is not None and title not in map(short_hash, phrases(found)):
            missed.append(file.name)
    assert len(TITLES) == 16
    assert len(missed) <= 2, missed
