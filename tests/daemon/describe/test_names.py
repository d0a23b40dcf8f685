"""Names are those of the post, and nothing else is changed."""

import pytest

from altd.describe.names import mend_names

SAME = 0.6


@pytest.mark.parametrize(
    ("said", "post", "meant"),
    [
        ("Fevi, a pink windmill.", "Look at Fepuvi today!", "Fepuvi, a pink windmill."),
        ("Meme with Raku, a blue star.", "Rakolu says hello.", "Meme with Rakolu, a blue star."),
        # each word by itself
        (
            "Vezal, a cake, at the Zezal Festival.",
            "Seen at the Zezepal Festival.",
            "Zezepal, a cake, at the Zezepal Festival.",
        ),
        # the beginning of a name
        ("Zu, a pink bottle.", "Zuketis turned three.", "Zuketis, a pink bottle."),
    ],
)
def test_a_misspelt_name_becomes_the_posts(said: str, post: str, meant: str) -> None:
    assert mend_names(said, [post], SAME) == meant


@pytest.mark.parametrize(
    ("said", "post"),
    [
        # written in the post, whatever else resembles it
        ("Mara, a red cat.", "Maro and Mara are here."),
        ("MARA, a red cat.", "Maro and Mara are here."),
        # resembles nothing
        ("Kenji, a brown pizza slice.", "Kedimus turned three today."),
        # the beginning of the sentence is no name
        ("Meme with a cat.", "Memo for all."),
        ("A cat.", "Ada is here."),
        # words in small letters and quotations are none either
        ("A rosy apple: “Hello Fevi”.", "Rosa and Fepuvi"),
        ("", "Rosa"),
        ("Fevi, a cat.", ""),
        # too short a word to be put in its place
        ("Ot, a cat.", "Otto or Ot or To"),
    ],
)
def test_everything_else_stays(said: str, post: str) -> None:
    assert mend_names(said, [post], SAME) == said


def test_the_lines_of_the_picture_are_witnesses_too() -> None:
    said = "Screenshot of a post by Pevor Dall: “Hi”."
    assert mend_names(said, ["Read this.", "Pevor Dahl", "Hi"], SAME) == said.replace("Dall", "Dahl")
    assert mend_names(said, ["Meet Dahlia.", "Pevor Dall"], SAME) == said
