"""From easy to hard: examples, terms of the objective and rank of the adapter.

The idea is that of Curriculum-DPO (arXiv 2405.13637) and Curriculum-DPO++ (arXiv 2602.13055) for image
generators; how it is carried over to preferences over context, image and response is ours.
"""

from altd_trainer.curriculum.capacity import (
    Grown,
    RankCurriculum,
    carry_moments,
    grow_rank,
)
from altd_trainer.curriculum.data import CurriculumSampler, cumulative_chunks, gap_per_token
from altd_trainer.curriculum.growth import GrowingRank
from altd_trainer.curriculum.run import easy_first, objective_at
from altd_trainer.curriculum.stages import stage_at, stage_starts
from altd_trainer.curriculum.terms import TermCurriculum

__all__ = [
    "CurriculumSampler",
    "GrowingRank",
    "Grown",
    "RankCurriculum",
    "TermCurriculum",
    "carry_moments",
    "cumulative_chunks",
    "easy_first",
    "gap_per_token",
    "grow_rank",
    "objective_at",
    "stage_at",
    "stage_starts",
]
