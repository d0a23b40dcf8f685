"""The cache: what may share an answer and what may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altd.describe.cache import AnswerCache, Answerer, cache_key
from altd.describe.job import DescriptionRequest, DescriptionResult
from altd.describe.prompt import Context

WHO = Answerer("bundled", "g0001", 1)
REQUEST = DescriptionRequest(context=Context(text="a", author="b"))


def result(text: str) -> DescriptionResult:
    return DescriptionResult(text, "done", text, "high", "", "en", "bundled", None, False, {})


@pytest.mark.parametrize(
    "other",
    [
        cache_key("other", REQUEST, WHO),
        cache_key("image", replace(REQUEST, context=Context(text="ab")), WHO),
        cache_key("image", replace(REQUEST, context=Context(text="a", quoted="b")), WHO),
        cache_key("image", replace(REQUEST, detail="long"), WHO),
        cache_key("image", replace(REQUEST, language="de"), WHO),
        cache_key("image", REQUEST, WHO, variant=1),
        cache_key("image", REQUEST, WHO, avoid=("x",)),
        cache_key("image", REQUEST, replace(WHO, model="other")),
        cache_key("image", REQUEST, replace(WHO, generation="g0002")),
        cache_key("image", REQUEST, replace(WHO, generation=None)),
        cache_key("image", REQUEST, replace(WHO, prompt_version=2)),
    ],
)
def test_everything_that_shapes_the_answer_is_in_the_key(other: str) -> None:
    assert other != cache_key("image", REQUEST, WHO)


def test_the_priority_is_not_and_odd_characters_are_allowed() -> None:
    assert cache_key("image", replace(REQUEST, priority="ahead"), WHO) == cache_key("image", REQUEST, WHO)
    assert cache_key("image", DescriptionRequest(context=Context(text="\ud800")), WHO)


def test_the_least_recently_used_answer_leaves_first() -> None:
    cache = AnswerCache(limit=2)
    cache.put("a", result("a"))
    cache.put("b", result("b"))
    assert cache.get("a") == result("a")
    cache.put("c", result("c"))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert len(cache) == 2
