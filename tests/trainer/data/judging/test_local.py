"""A judge on this machine: models of two families are asked in their own form and answer."""

import io
from pathlib import Path

import pytest
from PIL import Image

from altd.errors import AltdError
from altd_trainer.data.judging.judge import Question
from altd_trainer.data.judging.local import LocalJudge
from tiny_families import build_family


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize("family", ["qwen3_vl", "smolvlm"])
def test_a_model_is_asked_with_and_without_a_picture(family: str, tmp_path: Path) -> None:
    judge = LocalJudge(str(build_family(family, tmp_path / family)), "none")
    question = Question("Which is better?\nFirst: a cat\nSecond: a dog")
    words = judge(question)
    assert judge(question) == words  # greedy: what a cache keeps is what would be said again
    seen = {judge(Question(question.text, picture(colour))) for colour in ("red", "white", "black")}
    assert seen != {words}  # the picture is part of the question


def test_the_name_tells_models_apart(tmp_path: Path) -> None:
    directory = build_family("smolvlm", tmp_path / "model")
    assert LocalJudge(str(directory), "none").name != LocalJudge(str(directory), "nf4").name


def test_a_model_that_cannot_be_asked_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AltdError, match="no chat form"):
        LocalJudge(str(build_family("llava", tmp_path / "llava")), "none")
