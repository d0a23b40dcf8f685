"""What a running command says: JSON lines for programs on stdout, sentences for people on stderr."""

import json
import os
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import click
from transformers import TrainerCallback
from transformers.utils import logging as transformers_logging

Report = Callable[[Mapping[str, Any]], None]

_SHOWN = ("loss", "rewards/margins", "rewards/accuracies", "eval_loss", "eval_rewards/accuracies")


def reporter(as_json: bool) -> Report:
    """A function that says one event, a mapping with an `event` name and its figures.

    Of several processes of one run the first speaks.
    """
    if os.environ.get("RANK", "0") != "0":
        return lambda event: None
    return _say_json if as_json else _say


def _say_json(event: Mapping[str, Any]) -> None:
    click.echo(json.dumps(event, ensure_ascii=False))


def _say(event: Mapping[str, Any]) -> None:
    figures = ", ".join(f"{key} {_plain(value)}" for key, value in event.items() if key != "event")
    click.echo(f"{event['event']}: {figures}" if figures else str(event["event"]), err=True)


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class StepProgress(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Reports every log of a `transformers.Trainer` as an event `step`, with the seconds that are left.

    They are estimated from the steps since the start, or since the checkpoint that the run goes on from.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self._started = (0, 0.0)  # step and time

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock, and say so where several processes run together."""
        self._started = (state.global_step, time.monotonic())
        if args.world_size > 1 and state.is_world_process_zero:
            self.report({"event": "training together", "processes": args.world_size})

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        """Pass on the figures that say how it goes; one process of several speaks for all."""
        figures = {name: logs[name] for name in _SHOWN if name in logs}
        if figures and state.is_world_process_zero:
            event = {"event": "step", "step": state.global_step, "of": state.max_steps, **figures}
            self.report(event | self._time_left(state.global_step, state.max_steps))

    def _time_left(self, step: int, steps: int) -> dict[str, int]:
        first, since = self._started
        if step <= first:
            return {}
        return {"seconds_left": round((time.monotonic() - since) / (step - first) * (steps - step))}


def quiet_libraries() -> None:
    """Keep the libraries' own progress bars and notes away from what a person or a program reads."""
    transformers_logging.disable_progress_bar()
    # peft still asks transformers by a name that transformers has deprecated
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
