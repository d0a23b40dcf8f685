"""Everything that happens to one picture, in order, inside the model's process."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from altd.describe.clean import LONG_LIMIT, clean, clean_line, clean_read_text, shorten
from altd.describe.confidence import Candidate, Thresholds, Verdict, judge, loops
from altd.describe.images import decode
from altd.describe.prompt import Context, build_prompt, build_question
from altd.describe.quotes import mend_quotes
from altd.describe.reader import Reader
from altd.engine.backend import MAX_NEW_TOKENS, Task, TransformersBackend
from altd.engine.protocol import Describe, Described
from altd.errors import AltdError
from altd.models.familiarity import Familiarity

Step = Literal["decode", "read", "encode", "token"]
Tell = Callable[[Step, str], None]

MODEL_LANGUAGE = "en"
UNDETERMINED = "und"
_REMEMBERED = 32
_MAX_LINE = 500


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
        self._reader = reader
        self._thresholds = Thresholds.load(directory)
        self._familiarity = Familiarity.load(directory)
        self._read_before: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    @property
    def device(self) -> str:
        """Where the model computes: `cpu` or `cuda`."""
        return self._backend.device

    def warm_up(self) -> None:
        """Read and describe one drawn word, so that the first real picture does not pay for the loading."""
        picture = Image.new("RGB", (320, 160), "white")
        ImageDraw.Draw(picture).text((40, 40), "Hello", fill="black", font=ImageFont.load_default(60))
        lines = [line.text for line in self._reader.read(picture)]
        self._backend.generate(
            picture, build_prompt(build_question(Context(), lines)), Task(max_new_tokens=2)
        )

    def describe(self, ask: Describe, data: bytes, *, cancelled: Callable[[], bool], tell: Tell) -> Described:
        """Answer one request; `tell` gets each step as it begins and the text so far.

        Raises:
            AltdError: `image_undecodable`, `image_too_large`, `cancelled`, `gpu_out_of_memory`.
        """
        clock = _Clock(cancelled)
        with clock("decode"):
            tell("decode", "")
            image = decode(data)
        with clock("read"):
            tell("read", "")
            lines = self._lines(image, data)
        text_only = ask.detail == "text"
        verdict = _only_text(lines) if text_only else self._look(ask, image, lines, clock, tell)
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
        self, ask: Describe, image: Image.Image, lines: tuple[str, ...], clock: _Clock, tell: Tell
    ) -> Verdict:
        tell("encode", "")
        with clock("encode"):
            known = self._familiar(image)
        if not known:
            return judge(None, lines, self._thresholds)
        with clock("generate"):
            candidate = self._candidate(ask, image, lines, clock.cancelled, tell)
        # Who asks for another candidate gets one, however unsure.
        lowest = self._thresholds.min_mean_logp_said if ask.variant == 0 else float("-inf")
        verdict = judge(candidate, lines, replace(self._thresholds, min_mean_logp_said=lowest))
        return _with_lines(verdict, lines) if ask.detail == "long" else verdict

    def _candidate(
        self,
        ask: Describe,
        image: Image.Image,
        lines: tuple[str, ...],
        cancelled: Callable[[], bool],
        tell: Tell,
    ) -> Candidate:
        prompt = build_prompt(build_question(Context(**ask.context), lines))
        seen = {_folded(text) for text in ask.avoid}
        tidy = self._tidier(ask.detail, lines)
        spoken = self._backend.generate(
            image,
            prompt,
            Task(
                variant=ask.variant,
                max_new_tokens=MAX_NEW_TOKENS * (2 if ask.detail == "long" else 1),
                accept=lambda text: self._is_new(tidy(text), seen),
                cancelled=cancelled,
                on_text=lambda text: tell("token", tidy(text)),
            ),
        )
        return Candidate(tidy(spoken.text), spoken.mean_logp, repeated=not spoken.accepted)

    def _tidier(self, detail: str, lines: tuple[str, ...]) -> Callable[[str], str]:
        """Cleans what the model says and quotes the picture as it was read."""
        plain = _long if detail == "long" else clean

        def tidy(text: str) -> str:
            # cleaned once more, for the lines are under the control of whoever made the picture
            return plain(mend_quotes(plain(text), lines, self._thresholds.mend_quote_match))

        return tidy

    def _is_new(self, text: str, seen: set[str]) -> bool:
        return bool(text) and not loops(text, self._thresholds.max_repeats) and _folded(text) not in seen

    def _familiar(self, image: Image.Image) -> bool:
        return self._familiarity is None or bool(self._familiarity.knows(self._backend.features(image)).all())

    def _lines(self, image: Image.Image, data: bytes) -> tuple[str, ...]:
        """What the reader finds, remembered for the next candidate of the same picture."""
        key = hashlib.sha256(data).hexdigest()
        lines = self._read_before.get(key)
        if lines is None:
            read = (shorten(clean_line(line.text), _MAX_LINE) for line in self._reader.read(image))
            lines = tuple(line for line in read if line)
            self._read_before[key] = lines
            if len(self._read_before) > _REMEMBERED:
                self._read_before.popitem(last=False)
        return lines


class _Clock:
    """Milliseconds per step; between steps it asks whether the work is still wanted."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self.cancelled = cancelled
        self.times: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        if self.cancelled():
            raise AltdError("cancelled")
        start = time.perf_counter()
        yield
        self.times[step] = round((time.perf_counter() - start) * 1000, 1)


def _only_text(lines: tuple[str, ...]) -> Verdict:
    text = clean_read_text(lines, LONG_LIMIT)
    return Verdict("done" if text else "no_description", text, "high", from_model=False)


def _with_lines(verdict: Verdict, lines: tuple[str, ...]) -> Verdict:
    room = LONG_LIMIT - len(verdict.text) - 1
    read = clean_read_text(lines, room) if verdict.from_model and room > 40 else ""
    text = f"{verdict.text} {read}".strip()
    return Verdict(verdict.state, text, verdict.confidence, verdict.from_model)


def _long(text: str) -> str:
    return clean(text, LONG_LIMIT, one_sentence=False)


def _folded(text: str) -> str:
    return " ".join(text.casefold().rstrip(".!").split())
