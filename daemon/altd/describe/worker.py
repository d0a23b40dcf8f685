"""Main program of the model's process: `python -m altd.describe.worker`.

It loads the model, says so, works (`altd.describe.hands`), and ends when the parent closes the line.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from altd.engine.child import Inbox, Line, limit_process
from altd.engine.protocol import LoadFailed, Loading, Ready
from altd.engine.trimming import Trimmer
from altd.errors import AltdError

if TYPE_CHECKING:
    from altd.describe.pipeline import Pipeline

_log = logging.getLogger("altd.worker")


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the model, then answer until the parent closes the line."""
    options = _parse(arguments)
    line = Line.take_over()
    limit_process()
    inbox = Inbox(line)
    inbox.start()
    pipeline = _try_to_load(options, line)
    if pipeline is None:
        return
    line.send(Ready(device=pipeline.device, generation=options.generation))
    from altd.describe.hands import Hands

    trimmer = Trimmer()
    trimmer.start()
    Hands(pipeline, inbox, line, options.threads, trimmer.worked).run()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("altd.describe.worker")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--quantization", choices=("nf4", "none"), default="nf4")
    parser.add_argument("--generation")
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--beams", type=int, default=1)
    return parser.parse_args(arguments)


def _try_to_load(options: argparse.Namespace, line: Line) -> Pipeline | None:
    """The pipeline, or None after telling the parent why there is none."""
    try:
        return _load(options, line)
    except AltdError as error:
        line.send(LoadFailed(code=error.code, message=error.message))
    except Exception:  # noqa: BLE001 - damaged files fail in many ways, and the user is told one thing
        _log.exception("the model cannot be loaded")
        message = "The model's files cannot be loaded; `altd models verify` says which are damaged."
        line.send(LoadFailed(code="engine_failed", message=message))
    return None


def _load(options: argparse.Namespace, line: Line) -> Pipeline:
    line.send(Loading(progress=0.0))
    if not (options.model / "config.json").is_file():
        raise AltdError("engine_failed", "The model's files are missing; `altd models pull` fetches them.")
    import torch  # late: the parent hears of progress before these seconds pass

    from altd.describe.pipeline import Pipeline
    from altd.describe.reader import Reader
    from altd.engine.backend import TransformersBackend

    line.send(Loading(progress=0.3))
    backend = TransformersBackend(
        options.model,
        options.quantization,
        adapter=options.adapter,
        device=_device(options.device, torch.cuda.is_available()),
        beams=options.beams,
    )
    line.send(Loading(progress=0.8))
    pipeline = Pipeline(options.model, backend, Reader(1), options.generation)
    pipeline.use_threads(options.threads)
    pipeline.warm_up(lambda done: line.send(Loading(progress=0.8 + 0.2 * done)))
    line.send(Loading(progress=1.0))
    return pipeline


def _device(wanted: str, has_gpu: bool) -> str:
    """The device to load on; a GPU that was asked for and is gone is an error, never a slow surprise."""
    if wanted == "cuda" and not has_gpu:
        raise AltdError("hardware_unfit", "No graphics card is usable; `altd doctor` says what is missing.")
    return ("cuda" if has_gpu else "cpu") if wanted == "auto" else wanted


if __name__ == "__main__":
    main()
