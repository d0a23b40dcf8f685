"""What one look of `altd doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor.

    Attributes:
        level: `ok`, `advice` (works, could be better) or `broken`.
        hardware: whether the machine, not the installation, is at fault.
        fix: the line to type.
    """

    name: str
    level: Literal["ok", "advice", "broken"]
    detail: str
    hardware: bool = False
    fix: str | None = None
