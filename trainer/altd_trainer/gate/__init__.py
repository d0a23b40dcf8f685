"""Whether a new adapter may serve: what two adapters show, and the judgement on it."""

from altd_trainer.gate.heard import Heard, is_heard
from altd_trainer.gate.hold import BASE_START, Evidence, Gate, hold_gate, show
from altd_trainer.gate.judgement import (
    FACTS_TOLERANCE,
    LESS,
    MIN_PAIRS,
    MIN_PICTURES,
    Check,
    Judgement,
    Showing,
    judge,
)
from altd_trainer.gate.line import Best, Round
from altd_trainer.gate.pairs import Written, pair_margins, write_for
from altd_trainer.gate.probes import Probed, probe
from altd_trainer.gate.strange import Standing, Strange
from altd_trainer.gate.wanted import unwanted_words, wanted_length, wanted_words

__all__ = [
    "BASE_START",
    "FACTS_TOLERANCE",
    "LESS",
    "MIN_PAIRS",
    "MIN_PICTURES",
    "Best",
    "Check",
    "Evidence",
    "Gate",
    "Heard",
    "Judgement",
    "Probed",
    "Round",
    "Showing",
    "Standing",
    "Strange",
    "Written",
    "hold_gate",
    "is_heard",
    "judge",
    "pair_margins",
    "probe",
    "show",
    "unwanted_words",
    "wanted_length",
    "wanted_words",
    "write_for",
]
