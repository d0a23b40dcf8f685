"""Preference examples: what they are, their files, and where they come from."""

from altd_trainer.data.files import read_examples, write_examples
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import synthetic_contexts, synthetic_examples

__all__ = [
    "PreferenceExample",
    "read_examples",
    "synthetic_contexts",
    "synthetic_examples",
    "write_examples",
]
