"""Preference examples: what they are, their files, and where they come from."""

from altd_trainer.data.preferences import PreferenceExample, read_jsonl, write_jsonl
from altd_trainer.data.synthetic import synthetic_contexts, synthetic_examples

__all__ = ["PreferenceExample", "read_jsonl", "synthetic_contexts", "synthetic_examples", "write_jsonl"]
