"""Between a job in the server and its messages to and from the model's process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from altd.describe.clean import clean_line
from altd.describe.job import DescriptionResult, Job
from altd.describe.prompt import PROMPT_VERSION
from altd.engine.protocol import Describe, Described, Progress


def to_message(job: Job) -> Describe:
    """The job as the child gets it; the caps are those of the protocol, the prompt's are tighter."""
    request = job.request
    return Describe(
        id=job.id,
        context={name: _wire(value, 4000) for name, value in asdict(request.context).items()},
        language=_wire(request.language, 35),
        detail=request.detail,
        priority=request.priority,
        variant=job.variant,
        avoid=tuple(_wire(text, 1000) for text in job.avoid[-64:]),
    )


def to_result(job: Job, described: Described, model: str) -> DescriptionResult:
    """The child's answer, cleaned once more: that process has opened a stranger's picture."""
    lines = tuple(map(clean_line, described.lines))
    return DescriptionResult(
        id=job.id,
        state=described.state,
        text=clean_line(described.text),
        confidence=described.confidence,
        text_in_image="\n".join(lines),
        language=described.language,
        model=model,
        generation=described.generation,
        cached=False,
        timings_ms={"queue": job.waited_ms, **described.timings_ms, "total": job.age_ms()},
        lines=lines,
        prompt_version=PROMPT_VERSION,
    )


def progress_to(job: Job) -> Callable[[Progress], None]:
    """A function that turns the child's progress into events of the job."""

    def tell(progress: Progress) -> None:
        if progress.step == "token":
            job.publish("token", {"text": clean_line(progress.text)})
        elif progress.step == "encode":
            job.publish("encode")

    return tell


def _wire(text: str, limit: int) -> str:
    """Text that JSON can carry: lone surrogates, which a page may well contain, become question marks."""
    return text[:limit].encode("utf-8", "replace").decode("utf-8")
