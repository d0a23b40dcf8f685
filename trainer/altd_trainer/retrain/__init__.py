"""Clicks become a generation: feedback → examples → MCM-DPO → gate → an installed adapter."""

from altd_trainer.retrain.decoder import train_decoder
from altd_trainer.retrain.options import METHODS, Method, RetrainOptions
from altd_trainer.retrain.run import retrain

__all__ = ["METHODS", "Method", "RetrainOptions", "retrain", "train_decoder"]
