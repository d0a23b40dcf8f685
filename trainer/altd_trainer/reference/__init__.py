"""The reference model's log-probabilities: cached, or live through a frozen copy of the adapter."""

from altd_trainer.reference.cache import Ranks, ReferenceCache, ReferenceTable
from altd_trainer.reference.live import add_reference_adapter, answer_kl, as_reference
from altd_trainer.reference.settled import random_modules

__all__ = [
    "Ranks",
    "ReferenceCache",
    "ReferenceTable",
    "add_reference_adapter",
    "answer_kl",
    "as_reference",
    "random_modules",
]
