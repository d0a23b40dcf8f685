"""The published objectives by name.

Only what the loss needs is here. The publications also differ in how the rejected image is made (mDPO
crops, CHiP adds diffusion noise up to step 500, MCM-DPO up to step 700) and in learning rate and epochs.
"""

from collections.abc import Mapping

from altd_trainer.objective.options import Objective
from altd_trainer.objective.weights import PLAIN_DPO, PreferenceWeights

_RESPONSE_AND_IMAGE = PreferenceWeights(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, normaliser=1.0)

_TEXTS_AND_DRIFT = PreferenceWeights(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, normaliser=2.0)

PRESETS: Mapping[str, Objective] = {
    "dpo": Objective(PLAIN_DPO),
    "mdpo": Objective(_RESPONSE_AND_IMAGE, aggregation="separate", anchor=1.0),
    "chip": Objective(_RESPONSE_AND_IMAGE, segment=4.0, token_kl=0.1),
    "kto": Objective(_TEXTS_AND_DRIFT, aggregation="unpaired"),
    "mcm-dpo": Objective(),
}
"""DPO (arXiv 2305.18290), mDPO (2406.11839), CHiP (2501.16629), KTO (2402.01306), MCM-DPO (2510.00647); beta
0.1 each."""
