"""The MCM-DPO objective and its relatives as pure functions of log-probabilities.

`weights` has the seven preferences, `options` what can be switched on beside them, `presets` the
published objectives, `loss` the function that the trainer calls, `dynamic_beta` the one part with a
state, `segments` and `token_kl` what CHiP needs before there are log-probabilities to compare.
"""

from altd_trainer.objective.dynamic_beta import BetaController, BetaDecision
from altd_trainer.objective.loss import (
    LeafGradients,
    PreferenceLoss,
    loss_and_gradients,
    mcm_dpo_loss,
    preference_gaps,
    preference_loss,
)
from altd_trainer.objective.options import Aggregation, DynamicBeta, Objective
from altd_trainer.objective.presets import PRESETS
from altd_trainer.objective.segments import segment_weights
from altd_trainer.objective.token_kl import sequence_kl
from altd_trainer.objective.weights import LEAVES, PLAIN_DPO, Leaf, PreferenceWeights

__all__ = [
    "LEAVES",
    "PLAIN_DPO",
    "PRESETS",
    "Aggregation",
    "BetaController",
    "BetaDecision",
    "DynamicBeta",
    "Leaf",
    "LeafGradients",
    "Objective",
    "PreferenceLoss",
    "PreferenceWeights",
    "loss_and_gradients",
    "mcm_dpo_loss",
    "preference_gaps",
    "preference_loss",
    "segment_weights",
    "sequence_kl",
]
