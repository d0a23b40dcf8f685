"""The released schema with all its irregularities, and the released files where they are."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altd.describe.prompt import Context
from altd_trainer.data import PreferenceExample, read_examples, write_examples
from altd_trainer.data.images import load_image
from altd_trainer.data.released import context_of

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
INNER = {"question": "Do.\nContext:\nA post", "chosen": " Better. ", "rejected": "Worse."}


@pytest.mark.parametrize(
    "question",
    [
        "Given an image and context, generate alt-text for the image.\nContext:\nTea &amp; cake\n\nat noon",
        "Given an image and context, generate alt-text for the image.Context:\nTea & cake\n\nat noon",
        "given an image and context, generate alt-text for the image.\ncontext:\nTea & cake\n\nat noon ",
    ],
)
def test_every_form_of_question_gives_the_context(question: str) -> None:
    assert context_of(question) == "Tea & cake\n\nat noon"


def test_a_context_may_speak_of_contexts() -> None:
    assert context_of("Do.\nContext:\nMy context: none") == "My context: none"


def test_training_rows_and_test_rows(tmp_path: Path) -> None:
    train = [{"ds_name": "twitter_data", "image": {"path": "a.png"}, "idx": 3, "text": json.dumps(INNER)}]
    (tmp_path / "train.json").write_text(json.dumps(train))
    test = {"image_path": "b.png", "question": "do.\ncontext:\n", "chosen": "text", "idx": 0}
    (tmp_path / "test.json").write_text(json.dumps(test) + "\n\n")
    (first,) = read_examples(tmp_path / "train.json")
    assert (first.id, first.site, first.source) == ("twitter_data-3", "x", "twitter_data")
    assert (first.chosen, first.rejected) == ("Better.", "Worse.")
    assert first.context == Context(site="x", text="A post")
    (second,) = read_examples(tmp_path / "test.json", tmp_path / "images")
    assert (second.image, second.rejected) == (tmp_path / "images" / "b.png", None)
    assert second.context == Context()


@pytest.mark.parametrize("image", [{"bytes": b"picture", "path": None}, {"bytes": b"picture", "path": "a"}])
def test_parquet_rows_may_hold_the_picture(tmp_path: Path, image: dict[str, Any]) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    row = {"ds_name": "pinterest_data", "image": image, "idx": 1, "text": json.dumps(INNER)}
    parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "x.parquet")
    (example,) = read_examples(tmp_path / "x.parquet")
    assert (example.image, example.site) == (b"picture", "pinterest")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": None}, "the column `chosen` is missing"),
        ({"chosen": 1}, "the column `chosen` must be text, not a number"),
        ({"question": []}, "the column `question` must be text, not a list"),
        ({"idx": None}, "the column `idx` is missing"),
        ({"image_path": None}, "the column `image_path` is missing"),
        ({"text": "no JSON"}, "the column `text` must be a JSON object with question, chosen and rejected"),
        ({"text": "[1]"}, "the column `text` must be a JSON object"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    row = {"idx": 1, "image_path": "a.png", "question": "q", "chosen": "c", "rejected": "r"}
    (tmp_path / "x.json").write_text(json.dumps([row, row | change]))
    with pytest.raises(ValueError, match=r"^x.json, row 2: " + message):
        read_examples(tmp_path / "x.json")


def test_rows_are_irregular_in_the_way_of_their_data_set(tmp_path: Path) -> None:
    example = PreferenceExample(
        id="twitter_data-3",
        image=tmp_path / "a.png",
        context=Context(site="x", text="Tea"),
        chosen="Better.",
        rejected="Worse.",
        source="twitter_data",
    )
    pin = replace(example, id="pinterest_data-5", source="pinterest_data")
    other = replace(example, id="e", source="", context=Context(title="Tea", text="at noon"))
    write_examples([example, pin, other], tmp_path / "x.json", released=True)
    first, second, third = json.loads((tmp_path / "x.json").read_text())
    ask = "Given an image and context, generate alt-text for the image."
    texts = {"chosen": "Better.", "rejected": "Worse."}
    assert json.loads(first.pop("text")) == {"question": f"{ask}Context:\nTea", **texts}
    assert first == {
        "ds_name": "twitter_data",
        "image": {"path": "a.png"},
        "origin_dataset": "AltTextData",
        "origin_split": "{}",
        "idx": 3,
        "image_path": "a.png",
    }
    repeated = {"question": f"{ask}\nContext:\n".lower() + "Tea", **texts}
    assert json.loads(second["text"]) == repeated
    assert {name: second[name] for name in repeated} == repeated
    assert json.loads(third["text"])["question"] == f"{ask}\nContext:\nTitle: Tea\nat noon"
    assert third["id"] == "e"


HARD = ["&amp;", "&amp;amp; &lt", "context:"]
tidy = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(str.strip)


@st.composite
def released_examples(draw: st.DrawFn) -> PreferenceExample:
    source = draw(st.sampled_from(["twitter_data", "pinterest_data", "some_data"]))
    site = {"twitter_data": "x", "pinterest_data": "pinterest"}.get(source, "")
    number = st.integers(0, 2**70).map(lambda index: f"{source}-{index}")
    return PreferenceExample(
        id=draw(number | tidy.filter(bool)),
        image=draw(st.binary(min_size=1, max_size=9) | st.just(Path("/pictures/a.png"))),
        context=Context(site=site, text=draw(tidy | st.sampled_from(HARD))),
        chosen=draw(tidy) + "+",
        rejected=draw(st.none() | tidy.map(lambda text: f"{text}-")),
        source=source,
        site=site,
    )


@pytest.mark.parametrize("ending", ["jsonl", "json", "parquet"])
@given(examples=st.lists(released_examples(), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_gives_back_what_was_written(
    tmp_path: Path, ending: str, examples: list[PreferenceExample]
) -> None:
    path = tmp_path / f"x.{ending}"
    write_examples(examples, path, released=True)
    assert read_examples(path) == examples


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the released samples are not here")
@pytest.mark.parametrize(("name", "site"), [("twitter", "x"), ("pinterest", "pinterest")])
def test_released_files(name: str, site: str, tmp_path: Path) -> None:
    file = SAMPLES / f"{name}_train.json"
    examples = read_examples(file, SAMPLES / "images")
    assert len({example.id for example in examples}) == 10
    assert len({example.context.text for example in examples}) == 10
    for example in examples:
        assert (example.site, example.evidence) == (site, "base")
        assert example.rejected
        assert 5 <= len(example.chosen.split()) <= 25
        assert 19 <= len(example.context.text) <= 796
        assert "ontext:" not in example.context.text[:9]
        assert load_image(example).mode == "RGB"
    if name == "pinterest":
        assert all(
            e.chosen == e.chosen.lower() and e.context.text == e.context.text.lower() for e in examples
        )
    _assert_rewritten_alike(file, examples, tmp_path)


def _assert_rewritten_alike(file: Path, examples: list[PreferenceExample], folder: Path) -> None:
    """Read and written again, a released file says the same, word for word."""
    moved = [replace(example, image=folder / Path(str(example.image)).name) for example in examples]
    write_examples(moved, folder / "x.json", released=True)
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (file, folder / "x.json"))
    for old, new in zip(before, after, strict=True):
        assert new.keys() == old.keys()
        old_texts, new_texts = json.loads(old.pop("text")), json.loads(new.pop("text"))
        for own, released in ((new, old), (new_texts, old_texts)):
            assert {n: _plain(v) for n, v in own.items()} == {n: _plain(v) for n, v in released.items()}


def _plain(value: Any) -> Any:
    return value.replace("&amp;", "&").strip() if isinstance(value, str) else value
