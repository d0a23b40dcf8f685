"""Run under `torchrun`: the trainer's command for each recipe, `METHOD:FILE`, in every process."""

import sys

import torch.distributed

from altd_trainer.cli import main

for argument in sys.argv[1:]:
    method, _, recipe = argument.partition(":")
    main([method, "--json-progress", "--recipe", recipe], standalone_mode=False)
    assert torch.distributed.get_world_size() == 2
