"""What is claimed of a picture, beside what is left out."""

import pytest

from altd_trainer.synthetic import Facts, Group, claims
from altd_trainer.synthetic.facts import Chart, describe

SCENE = Facts("scene", (Group("cat", "black"), Group("dog", "red", 3)), "to the left of", event="Spring Fair")


LINE = Facts("chart", title="Sales", chart=Chart("line", colour="red", trend="falls"))
BARS = Facts("chart", title="Sales", chart=Chart("bar", 3, 1, "red"))
PIE = Facts("chart", title="Sales", chart=Chart("pie", 3, 1, "red"))


@pytest.mark.parametrize(
    ("text", "right", "made"),
    [
        (describe(SCENE), 8, 8),
        ("A black cat to the left of three red dogs.", 7, 7),  # an event left out is no claim
        ("A cat to the left of three dogs.", 5, 5),
        ("A cat.", 2, 2),  # nor is an object
        ("A white cat to the left of three red dogs.", 6, 7),
        ("A cat to the right of two dogs.", 3, 5),
        ("A black cat.", 3, 3),
        ("A black cat to the left of three dogs.", 6, 6),  # nor is one of two colours
        ("A white cat to the left of three dogs.", 5, 6),
        ("A white cat.", 2, 3),
        ("A black cat and a boat.", 3, 4),  # the boat is invented
        ("A cat to the left of three dogs, at the Harvest Gala.", 5, 6),
        ("“A boat”", 0, 0),
        ("", 0, 0),
    ],
)
def test_claims_are_counted(text: str, right: int, made: int) -> None:
    assert claims(SCENE, text) == (right, made)


def test_a_name_or_a_place_counts_as_claimed_where_no_such_fact_is_there() -> None:
    cats = Facts("scene", (Group("cat", "black", 2),))
    assert claims(cats, "Two black cats.") == (3, 3)
    assert claims(cats, "Two black cats to the left of a black cat.") == (3, 4)
    assert claims(cats, "Two black cats, at the Spring Fair.") == (3, 4)
    assert claims(cats, "Mimi, a black cat.") == (2, 4)
    mimi = Facts("scene", (Group("cat", "black"),), name="Mimi")
    assert claims(mimi, "Mimi, a black cat.") == claims(mimi, "Mimi: a black cat.") == (4, 4)
    assert claims(mimi, "A black cat.") == (3, 3)
    assert claims(mimi, "Anton, a black cat.") == (3, 4)


def test_a_chart_that_is_only_named_claims_no_shape() -> None:
    poster = Facts("poster", (Group("cake", "white"),), title="Pottery Class", quotes=("Old Mill",))
    assert claims(poster, "Poster “Pottery Class” with a white cake: “Old Mill”.") == (5, 5)
    assert claims(poster, "Poster with a white cake.") == (3, 3)
    assert claims(poster, "Poster “Puttery Class” with a white cake: “Old Mill”.") == (4, 5)
    assert claims(poster, "Poster “Pottery Class” with a white cake.") == (4, 4)  # the place is left out
    assert claims(poster, "Poster “Puttery Class” with a white cake.") == (3, 4)


@pytest.mark.parametrize(
    ("chart", "text", "right", "made"),
    [
        (LINE, "Line chart “Sales” with a red line that falls.", 4, 4),
        (LINE, "Line chart “Sales” with a line that falls.", 3, 3),  # its colour is left out
        (LINE, "Line chart “Sales”.", 2, 2),
        (LINE, "Line chart “Sales” with a red line that falls, posted by Ann.", 4, 4),
        (LINE, "Line chart “Sales” with a red line that falls and then rises.", 3, 4),
        (LINE, "Line chart “Sales” with a line that rises.", 2, 3),
        (LINE, "Line chart “Sales” with a blue line that falls.", 3, 4),
        (LINE, "Line chart “Sales” with a bars.", 2, 3),
        (LINE, "Bar chart “Sales” with three bars.", 1, 3),
        (BARS, "Bar chart “Sales” with three red bars, the second is the tallest.", 5, 5),
        (BARS, "Bar chart “Sales” with three bars, the second is the tallest.", 4, 4),
        (BARS, "Bar chart “Sales” with three bars, the first is the tallest.", 3, 4),
        (BARS, "Bar chart “Sales” with four bars.", 2, 3),
        (PIE, "Pie chart “Sales” with three slices, the largest is red.", 4, 4),
        (PIE, "Pie chart “Sales” with three slices.", 3, 3),
        (PIE, "Pie chart “Sales” with three slices, the largest is the tallest.", 3, 4),
        (PIE, "Pie chart “Sales” with two slices, the largest is red.", 3, 4),
    ],
)
def test_what_is_left_out_of_a_chart_is_no_claim(chart: Facts, text: str, right: int, made: int) -> None:
    assert claims(chart, text) == (right, made)
