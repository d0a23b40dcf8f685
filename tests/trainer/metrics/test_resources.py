"""Synonyms and sentences, where NLTK finds its models: here very small ones, in a process of their own."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from altd_trainer.metrics.captions import score
from altd_trainer.metrics.resources import resources

SCRIPT = """
import json
from altd_trainer.metrics.captions import score
from altd_trainer.metrics.resources import resources
from altd_trainer.metrics.words import split

figures = score(["one red sofa", "one red bench"], ["one red couch", "one red couch"])
meteor = {name: values.tolist() for name, values in figures.items() if "meteor" in name}
words = split("A hat of Prof. Lund. A cap.", "released")
print(json.dumps({"resources": resources(), "meteor": meteor, "words": words}))
"""


def write_wordnet(folder: Path) -> None:
    """A thesaurus of one entry: a couch is a sofa."""
    folder.mkdir(parents=True)
    for part in ("noun", "verb", "adj", "adv"):
        for name in (f"index.{part}", f"data.{part}", f"{part}.exc"):
            (folder / name).touch()
    (folder / "index.sense").touch()
    (folder / "lexnames").write_text("00\tnoun.artifact\t1\n")
    (folder / "data.noun").write_text("00000000 00 n 02 couch 0 sofa 0 000 | a seat for several\n")
    (folder / "index.noun").write_text("couch n 1 0 1 0 00000000\nsofa n 1 0 1 0 00000000\n")


def write_punkt(folder: Path) -> None:
    """Sentences end at full stops, but not after `Prof.`"""
    folder.mkdir(parents=True)
    for name in ("collocations.tab", "sent_starters.txt", "ortho_context.tab"):
        (folder / name).touch()
    (folder / "abbrev_types.txt").write_text("prof\n")


def test_what_nltk_finds_is_used(tmp_path: Path) -> None:
    write_wordnet(tmp_path / "corpora" / "wordnet")
    write_punkt(tmp_path / "tokenizers" / "punkt_tab" / "english")
    places = {"NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=os.environ | places, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    assert found["resources"]["punkt"]
    assert found["resources"]["wordnet"]
    two_of_three = 2 / 3 * (1 - 0.5 / 8)  # one chunk of two words
    assert found["meteor"] == {
        "meteor_exact_stem": pytest.approx([two_of_three, two_of_three]),
        "meteor": pytest.approx([1 - 0.5 / 27, two_of_three]),
    }
    assert found["words"] == ["A", "hat", "of", "Prof.", "Lund", ".", "A", "cap", "."]


def test_meteor_has_its_name_only_with_synonyms() -> None:
    figures = score(["one red sofa"], ["one red couch"])
    assert "meteor_exact_stem" in figures
    assert ("meteor" in figures) == resources()["wordnet"]


def test_versions_are_those_that_compute() -> None:
    assert resources()["rouge"] == "1.0.1"  # other versions give other figures
    assert resources()["nltk"] == version("nltk")
