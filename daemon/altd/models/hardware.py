"""What this machine has for a model, and which model it can serve. Asks nvidia-smi; imports no torch."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import psutil

from altd.models.known import KNOWN, Known
from altd.models.memory import Device, Quantization

_MIB = 2**20
_ASK = ("--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")
_PATIENCE_S = 10
_USABLE = 0.92
"""The share of a card that altd counts on: its desktop shows windows with the rest."""


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card: its name, its memory in bytes, its driver's version."""

    name: str
    memory: int
    driver: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What matters for a model.

    Attributes:
        memory: the processor's, in bytes.
        card: the NVIDIA card with the most memory, if any.
        card_fault: why there is none although a driver's tool is installed; None otherwise.
        torch: the installed version of torch, such as `2.13.0+cpu`; None without it.
    """

    memory: int
    card: Card | None
    card_fault: str | None
    torch: str | None

    @property
    def torch_is_cpu_only(self) -> bool:
        """Whether the installed torch cannot use any card."""
        return self.torch is None or self.torch.endswith("+cpu")

    @property
    def device(self) -> Device:
        """Where a model would compute."""
        return "cuda" if self.card is not None and not self.torch_is_cpu_only else "cpu"

    def room(self, device: Device) -> int:
        """Bytes that a model may take there."""
        whole = self.memory if device == "cpu" else (self.card.memory if self.card else 0)
        return int(whole * _USABLE)

    def fits(self, model: Known, quantization: Quantization = "nf4", device: Device = "cuda") -> bool:
        """Return whether a model fits into the memory of the card, or of the processor."""
        return model.shape.total(quantization, device) <= self.room(device)


def inspect() -> Machine:
    """Return what this machine has."""
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = None
    card, fault = _card()
    return Machine(psutil.virtual_memory().total, card, fault, torch)


def best_fit(machine: Machine) -> Known | None:
    """Return the best model for the machine's graphics card; None where the bundled one is.

    Without a card nothing is offered: plain torch on a processor takes minutes for a picture.
    """
    return next((model for model in KNOWN.values() if model.offered and machine.fits(model)), None)


def parse_cards(text: str) -> list[Card]:
    """Return the cards in nvidia-smi's answer, which names memory in MiB, without lines it cannot read."""
    cards = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.rsplit(",", 2)]
        if len(fields) == 3 and fields[1].isdigit():
            cards.append(Card(fields[0], int(fields[1]) * _MIB, fields[2]))
    return cards


def _card() -> tuple[Card | None, str | None]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None, None
    try:
        done = subprocess.run([tool, *_ASK], capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None, "the driver does not answer"
    cards = parse_cards(done.stdout) if done.returncode == 0 else []
    if not cards:
        return None, "the driver does not run, or does not see a card"
    return max(cards, key=lambda card: card.memory), None
