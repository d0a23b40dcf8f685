"""A live reference: the model's own answers with the adapter that training started from."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import PreferenceBatch
from altd_trainer.logprobs import AnswerLogits, leaf_scores
from altd_trainer.objective import sequence_kl
from altd_trainer.reference.key import ADAPTER, is_fresh

REFERENCE_ADAPTER = "reference"


def add_reference_adapter(model: Any) -> None:
    """Keep a frozen copy of the adapter as it is now, for live reference passes.

    A fresh adapter (B = 0) changes nothing, so its reference is the model without adapter and no copy
    is made.
    """
    if is_fresh({name: value for name, value in model.state_dict().items() if ADAPTER in name.split(".")}):
        return
    # a configuration of its own: the policy's rank may grow
    model.add_adapter(REFERENCE_ADAPTER, copy.deepcopy(model.peft_config[ADAPTER]))
    parameters = dict(model.named_parameters())
    for name, parameter in parameters.items():
        if f".{REFERENCE_ADAPTER}." in name:
            parameter.data.copy_(parameters[name.replace(f".{REFERENCE_ADAPTER}.", f".{ADAPTER}.")].data)
            parameter.requires_grad_(False)


@contextmanager
def as_reference(model: Any) -> Iterator[None]:
    """Answer as the reference model inside the block: with the frozen copy, else without adapter."""
    if REFERENCE_ADAPTER not in model.peft_config:
        with model.disable_adapter():
            yield
        return
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model.set_adapter(REFERENCE_ADAPTER)
    try:
        yield
    finally:
        # set_adapter decides what trains; put back exactly what trained before
        model.set_adapter(ADAPTER)
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        for parameter in trainable:
            parameter.requires_grad_(True)


def answer_kl(model: Any, batch: PreferenceBatch, policy: AnswerLogits) -> Tensor:
    """(B, 2) sequence KL of both answers to the example's own image and context.

    Args:
        model: answers as the reference now.
        policy: with gradient, of the same batch.
    """
    with torch.no_grad():
        reference = leaf_scores(model, batch, logits=True).logits
    assert reference is not None
    scored = torch.ones(len(policy.answers), 1, dtype=torch.bool, device=policy.answers.device)
    kl = sequence_kl(policy.logits.unsqueeze(1), reference.logits.unsqueeze(1), scored)
    return kl.new_zeros(2 * len(batch["ids"])).index_add(0, policy.answers, kl).view(-1, 2)
