"""The reference model's log-probabilities: cached, or live through a frozen copy of the adapter."""

from altd_trainer.reference.cache import Ranks, ReferenceCache
from altd_trainer.reference.live import (
    ReferenceTable,
    add_reference_adapter,
    as_reference,
    fingerprint,
    precompute,
)

__all__ = [
    "Ranks",
    "ReferenceCache",
    "ReferenceTable",
    "add_reference_adapter",
    "as_reference",
    "fingerprint",
    "precompute",
]
