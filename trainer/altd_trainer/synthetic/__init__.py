"""Pictures with known truth, drawn by ourselves, with posts, true, noisy and rejected alt texts."""

from altd_trainer.synthetic.claims import claims
from altd_trainer.synthetic.facts import Chart, Facts, Group, score
from altd_trainer.synthetic.sample import KINDS, Sample, generate, split_seed

__all__ = ["KINDS", "Chart", "Facts", "Group", "Sample", "claims", "generate", "score", "split_seed"]
