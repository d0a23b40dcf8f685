"""Judges: a model that prefers one of two texts, or corrects one; asked once, and remembered."""

from altd_trainer.data.judging.judge import Judge, JudgeError, Question, Verdict
from altd_trainer.data.judging.judged import Judged, JudgeUnfitError, judge_pairs

__all__ = ["Judge", "JudgeError", "JudgeUnfitError", "Judged", "Question", "Verdict", "judge_pairs"]
