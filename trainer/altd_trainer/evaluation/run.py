"""One evaluation from request to figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from altd.models.catalogue import find_model
from altd.models.loading import Quantization
from altd_trainer.data.sources import adapter_directory, model_directory
from altd_trainer.evaluation.answers import Answerer, collect_answers
from altd_trainer.evaluation.items import Item, open_items
from altd_trainer.evaluation.keeping import KeptAnswers
from altd_trainer.evaluation.plain import PlainModel
from altd_trainer.evaluation.reading import Lines
from altd_trainer.evaluation.results import Evaluation, evaluated
from altd_trainer.evaluation.served import ServedModel
from altd_trainer.evaluation.server import ChatServer
from altd_trainer.progress import Report

_TOLD_EVERY = 20


@dataclass(frozen=True)
class EvaluationRequest:
    """Whom to ask about what.

    Attributes:
        model: `bundled`, a directory, or the name by which `server` knows the model.
        adapter: `own` is the one in the model's directory, if any; `none`; `bundled`; or a directory.
        data: as `open_items` takes it.
        limit: how many pictures; 0 takes all of a file.
        served: ask the daemon's whole pipeline; otherwise the model alone, whose every text counts as sure.
        quantization: `nf4` or `none`.
        batch_size: pictures per batch, where the model is asked alone.
        lines: likewise; `reader` runs the real reader, `truth` takes the lines that are known.
        server: root of an OpenAI-compatible interface that is asked instead; empty for none.
        released: add the released script's word overlaps.
        name: of the answers in results and report; by default made from the above.
    """

    model: str = "bundled"
    adapter: str = "own"
    data: str = "synthetic:test"
    limit: int = 200
    served: bool = True
    quantization: Quantization = "nf4"
    batch_size: int = 16
    lines: Lines = "reader"
    server: str = ""
    released: bool = False
    name: str = ""


def evaluate(request: EvaluationRequest, cache: Path, report: Report) -> tuple[list[Item], Evaluation]:
    """Run the evaluation, or what of it has not been run before.

    Args:
        request: what.
        cache: folder for what was read and answered; it may be deleted at any time.
        report: told about progress.

    Returns:
        the pictures, and what was said of them.

    Raises:
        AltdError, FileNotFoundError, ValueError: naming what the request asks for and is not there.
    """
    items = open_items(request.data, request.limit)
    answerer = find_answerer(request, cache)
    kept = KeptAnswers(cache / "answers", answerer.digest)
    known = sum(kept.get(item) is not None for item in items)
    report({"event": "asking", "whom": answerer.name, "pictures": len(items), "known": known})

    def told(done: int, of: int) -> None:
        if done % _TOLD_EVERY == 0 or done == of:
            report({"event": "answered", "done": done, "of": of})

    answers = collect_answers(answerer, items, kept, told)
    return items, evaluated(
        answerer.name, answerer.digest, asdict(request), items, answers, released=request.released
    )


def find_answerer(request: EvaluationRequest, cache: Path) -> Answerer:
    """Whom a request asks; nothing is loaded yet.

    Raises:
        AltdError, FileNotFoundError: there is no such model or adapter.
        ValueError: settings that exclude each other.
    """
    lines = cache / "lines"
    if request.server:
        answerer = ChatServer(request.server, request.model, cache=lines)
        answerer.name = request.name or answerer.name
        return answerer
    directory, adapter = model_directory(request.model), _adapter(request)
    name = request.name or _name(request, adapter)
    if request.served:
        if request.lines == "truth":
            raise ValueError("the pipeline reads for itself: known lines go with --plain")
        return ServedModel(name, directory, adapter, request.quantization, cache=lines)
    return PlainModel(
        name,
        directory,
        adapter,
        request.quantization,
        batch_size=request.batch_size,
        lines=request.lines,
        cache=lines,
    )


def _adapter(request: EvaluationRequest) -> Path | None:
    if request.adapter != "own":
        return adapter_directory(request.adapter)
    own = model_directory(request.model) / "adapter"
    return own if own.is_dir() else None


def _name(request: EvaluationRequest, adapter: Path | None) -> str:
    parts: Sequence[str] = (
        find_model(request.model).name,
        "" if adapter is None else f"with {adapter.name}",
        "as served" if request.served else "by itself",
        "in full precision" if request.quantization == "none" else "",
    )
    return " ".join(part for part in parts if part)
