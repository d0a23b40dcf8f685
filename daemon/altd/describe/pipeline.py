"""Everything that happens to one picture, in order, inside the model's process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image

from altd.describe.confidence import Candidate, Thresholds, Verdict, judge
from altd.describe.images import decode, limited_memory
from altd.describe.prompt import Context, build_prompt, build_question
from altd.describe.reader import Reader
from altd.describe.reading import Clock, RememberingReader, drawn_word
from altd.describe.wording import conclude, folded, is_new, only_text, tidier
from altd.engine.backend import MAX_NEW_TOKENS, Task, TransformersBackend
from altd.engine.protocol import Describe, Described
from altd.models.familiarity import Familiarity

Step = Literal["decode", "read", "encode", "token"]
Tell = Callable[[Step, str], None]

MODEL_LANGUAGE = "en"
UNDETERMINED = "und"


class Pipeline:
    """Decode, read, prompt, generate, clean, judge.

    Args:
        directory: the model's; `familiarity.safetensors` and `calibration.json` are used when there.
        backend: the loaded model.
        reader: reads text in pictures.
        generation: name of the adapter that the backend was loaded with.
    """

    def __init__(
        self, directory: Path, backend: TransformersBackend, reader: Reader, generation: str | None
    ) -> None:
        self.generation = generation
        self._backend = backend
        self._reader = RememberingReader(reader)
        self._thresholds = Thresholds.load(directory)
        self._familiarity = Familiarity.load(directory)

    @property
    def device(self) -> str:
        """Where the model computes: `cpu` or `cuda`."""
        return self._backend.device

    def warm_up(self) -> None:
        """Read and describe one drawn word, so that the first real picture does not pay for the loading."""
        picture = drawn_word()
        lines = self._reader.lines(picture, b"")
        self._backend.generate(picture, self._prompt(Context(), lines), Task(max_new_tokens=2))

    def describe(self, ask: Describe, data: bytes, *, cancelled: Callable[[], bool], tell: Tell) -> Described:
        """Answer one request; `tell` gets each step as it begins and the text so far.

        Raises:
            AltdError: `image_undecodable`, `image_too_large`, `cancelled`, `gpu_out_of_memory`.
        """
        clock = Clock(cancelled)
        with clock("decode"):
            tell("decode", "")
            with limited_memory():
                image = decode(data)
        with clock("read"):
            tell("read", "")
            lines = self._reader.lines(image, data)
        text_only = ask.detail == "text"
        verdict = only_text(lines) if text_only else self._look(ask, image, lines, clock, tell)
        return Described(
            id=ask.id,
            state=verdict.state,
            text=verdict.text,
            confidence=verdict.confidence,
            lines=lines,
            language=MODEL_LANGUAGE if verdict.from_model else UNDETERMINED,
            generation=self.generation,
            timings_ms=clock.times,
        )

    def activate(self, generation: str, adapter: Path) -> None:
        """Answer with another generation from now on; raises `AltdError` `generation_broken`."""
        self._backend.activate(generation, adapter)
        self.generation = generation

    def _look(
        self, ask: Describe, image: Image.Image, lines: tuple[str, ...], clock: Clock, tell: Tell
    ) -> Verdict:
        tell("encode", "")
        with clock("encode"):
            known = self._familiar(image)
        if not known:
            return judge(None, lines, self._thresholds)
        with clock("generate"):
            candidate = self._candidate(ask, image, lines, clock.cancelled, tell)
        return conclude(candidate, lines, ask, self._thresholds)

    def _candidate(
        self,
        ask: Describe,
        image: Image.Image,
        lines: tuple[str, ...],
        cancelled: Callable[[], bool],
        tell: Tell,
    ) -> Candidate:
        prompt = self._prompt(Context(**ask.context), lines)
        seen = {folded(text) for text in ask.avoid}
        tidy = tidier(ask, lines, self._thresholds)
        spoken = self._backend.generate(
            image,
            prompt,
            Task(
                variant=ask.variant,
                max_new_tokens=MAX_NEW_TOKENS * (2 if ask.detail == "long" else 1),
                accept=lambda text: is_new(tidy(text), seen, self._thresholds),
                cancelled=cancelled,
                on_text=lambda text: tell("token", tidy(text)),
            ),
        )
        return Candidate(tidy(spoken.text), spoken.mean_logp, repeated=not spoken.accepted)

    def _prompt(self, context: Context, lines: tuple[str, ...]) -> str:
        question = build_question(context, lines)
        return self._backend.prompt(question, build_prompt(question))

    def _familiar(self, image: Image.Image) -> bool:
        return self._familiarity is None or bool(self._familiarity.knows(self._backend.features(image)).all())
