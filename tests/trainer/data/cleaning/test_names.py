"""Names of people go, names of dishes stay."""

from collections.abc import Callable
from pathlib import Path

import pytest

from altd_trainer.data.cleaning import repairs
from altd_trainer.data.cleaning.names import Names


@pytest.mark.parametrize(
    "text",
    [
        "Caesar salad with Earl Grey tea, then Baked Alaska and pizza Margherita",
        "Caesar Salad beside Eggs Benedict",
        "A Shirley Temple, a Tom Collins and a Bloody Mary",
        "Peach Melba, Beef Wellington and Victoria Sponge",
        "A can of Dr. Pepper and a bottle of Jack Daniel's",
        "The George Washington Bridge at night",
        "An Olive Green dress",
        "Korean tuna rice bowl, or chamchi deopbap",
    ],
)
def test_what_is_no_person_stays(text: str) -> None:
    assert Names().replace(text) == text


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Emma Watson smiles beside Dr. Kowalski", "person smiles beside person"),
        ("My daughter Emma, with her friend Tom", "My daughter person, with her friend person"),
        ("A photo of Maria da Silva", "A photo of person"),
        ("Singer Taylor Swift's guitar", "Singer person's guitar"),
        ("Julia Smith with a Caesar salad", "person with a Caesar salad"),
    ],
)
def test_a_person_goes(text: str, without: str) -> None:
    assert Names().replace(text) == without


def test_the_author_and_phrases_of_ones_own(tmp_path: Path) -> None:
    keep = tmp_path / "keep.txt"
    keep.write_text("Emma Watson\n")
    assert Names(keep).replace("Emma Watson by Zzyx Qwert", author="Zzyx Qwert") == "Emma Watson by person"


def us_phones(text: str) -> str:
    return repairs.phones(text, "US")


@pytest.mark.parametrize(
    ("mend", "before", "after"),
    [
        (repairs.handles, "@one @two look at this, by @three @four", "look at this, by person"),
        (repairs.handles, "Cake at 5 @ home", "Cake at 5 @ home"),
        (repairs.urls, "See (https://t.co/abc), then pin.it/xyz", "See, then"),
        (repairs.urls, "End of a line.Next line, e.g. this", "End of a line.Next line, e.g. this"),
        (repairs.entities, "Tom &amp;amp; Kha<br>soup &lt;3", "Tom & Kha soup <3"),
        (repairs.emails, "Write to a.b@example.co.uk.", "Write to."),
        (us_phones, "Of 2022-10-12, 1,000,000 and 3.14", "Of 2022-10-12, 1,000,000 and 3.14"),
        (us_phones, "Call +49 30 901820 now", "Call now"),
    ],
)
def test_repairs(mend: Callable[[str], str], before: str, after: str) -> None:
    assert mend(before) == after
