"""Clicks as evidence: what each verdict says, what it weighs, and which are kept from training."""

from altd_trainer.feedback.ageing import Ageing
from altd_trainer.feedback.mapping import Feedback, NotUsed, is_held_out, read_feedback, to_examples
from altd_trainer.feedback.rules import RULES, Rule, edit_weight

__all__ = [
    "RULES",
    "Ageing",
    "Feedback",
    "NotUsed",
    "Rule",
    "edit_weight",
    "is_held_out",
    "read_feedback",
    "to_examples",
]
