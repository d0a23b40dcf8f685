"""The model's process on a processor, working as on a graphics card: `python compiling_child.py OPTIONS`.

Steps are compiled, here by a compiler that takes no time, and once the process has said that it is ready,
whatever is not compiled yet is an error. `ALTD_COLD=1` leaves the warm-up out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from transformers import CompileConfig

from altd.describe import worker
from altd.engine import backend, backend_shapes
from altd.engine.child import Line
from altd.engine.protocol import Activated, FromChild, Ready


class Compiling(backend.TransformersBackend):
    """With a static cache, for which transformers compiles, on a processor as well."""

    def __init__(self, directory: Path, *arguments: Any, **options: Any) -> None:
        super().__init__(directory, *arguments, **options, static_cache=True)
        config = CompileConfig(backend="eager", mode="default")
        config._compile_all_devices = True
        self._base().generation_config.compile_config = config


class Strict(Line):
    """A line after whose `ready`, first or again, nothing may be compiled."""

    def send(self, message: FromChild, body: bytes = b"") -> None:
        super().send(message, body)
        if isinstance(message, Ready | Activated):
            torch.compiler.set_stance("fail_on_recompile")


def main() -> None:
    backend.TransformersBackend = Compiling  # type: ignore[misc]
    worker.Line = Strict  # type: ignore[misc]
    if os.environ.get("ALTD_COLD"):
        backend.compile_all = lambda *_: backend_shapes.ROWS[0]
    compile_all = backend.compile_all

    def allowed(*arguments: Any) -> int:
        with torch.compiler.set_stance("default"):
            return compile_all(*arguments)

    backend.compile_all = allowed
    worker.main()


if __name__ == "__main__":
    main()
