"""Everything that happens to a picture, in order, inside the model's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PIL import Image

from altd.describe.confidence import Candidate, Thresholds, Verdict, judge
from altd.describe.images import decode, limited_memory, reduced
from altd.describe.prompt import Context, build_prompt, build_question, longest_material
from altd.describe.reader import Reader
from altd.describe.reading import Clock, RememberingReader, drawn_word
from altd.describe.wording import conclude, folded, is_new, only_text, tidier, without_post
from altd.engine.backend import MAX_NEW_TOKENS, Question, Spoken, Task, TransformersBackend
from altd.engine.backend_shapes import LONGEST_ANSWER
from altd.engine.protocol import Describe, Described
from altd.errors import AltdError
from altd.models.familiarity import Familiarity

Step = Literal["decode", "read", "encode", "token"]
Tell = Callable[[Step, str], None]

MODEL_LANGUAGE = "en"
UNDETERMINED = "und"


@dataclass(slots=True, eq=False)
class Work:
    """One request on its way: what was asked, and what is known of the picture so far.

    The file is let go of once the picture is read, and the picture kept no larger than a model can use.
    """

    ask: Describe
    data: bytes
    clock: Clock
    tell: Tell
    image: Image.Image | None = None
    lines: tuple[str, ...] = ()


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
        self._opening = threading.Lock()
        self._backend = backend
        self._reader = RememberingReader(reader)
        self._thresholds = Thresholds.load(directory)
        self._familiarity = Familiarity.load(directory)

    @property
    def device(self) -> str:
        """Where the model computes: `cpu` or `cuda`."""
        return self._backend.device

    def use_threads(self, number: int) -> None:
        """Let the model compute with so many threads from now on; reading takes one for each picture."""
        self._backend.use_threads(number)

    def warm_up(self, tell: Callable[[float], None] = lambda _: None) -> None:
        """Read and describe one drawn word, so that the first real picture does not pay for the loading.

        Args:
            tell: told the share of the work that is done, where it takes long.
        """
        self._compile(tell)
        picture = drawn_word()
        lines = self._reader.lines(picture, b"")
        self._backend.generate(picture, self._prompt(Context(), lines), Task(max_new_tokens=2))

    def describe(self, ask: Describe, data: bytes, *, cancelled: Callable[[], bool], tell: Tell) -> Described:
        """Answer one request; `tell` gets each step as it begins and the text so far.

        Raises:
            AltdError: `image_undecodable`, `image_too_large`, `cancelled`, `gpu_out_of_memory`.
        """
        work = Work(ask, data, Clock(cancelled), tell)
        answer = self.read(work) or self.answer([work])[0]
        if isinstance(answer, AltdError):
            raise answer
        return answer

    def read(self, work: Work) -> Described | None:
        """Open a picture and read it: the answer, where only its text is asked for. Any thread may.

        Raises:
            AltdError: `image_undecodable`, `image_too_large`, `cancelled`.
        """
        with self._opening:  # one at a time: the limit of memory is the process's
            with work.clock("decode"):
                work.tell("decode", "")
                with limited_memory():
                    work.image = decode(work.data)
            work.tell("read", "")
        with work.clock("read"):
            work.lines = self._reader.lines(work.image, work.data)
        work.image, work.data = reduced(work.image), b""
        return self._described(work, only_text(work.lines)) if work.ask.detail == "text" else None

    def answer(
        self, works: Sequence[Work], gives_way: Callable[[], bool] = lambda: False
    ) -> list[Described | AltdError]:
        """Describe pictures that were read, together; for each its answer or why there is none.

        Of a picture that has no description the model is asked once more, without the post.

        Raises:
            GaveWay: `gives_way` said so; the works may be given again.
        """
        answers: dict[int, Described | AltdError] = {}
        known: dict[int, Work] = {}
        for place, work in enumerate(works):
            try:
                if self._look(work):
                    known[place] = work
                else:
                    answers[place] = self._described(work, judge(None, work.lines, self._thresholds))
            except AltdError as error:
                answers[place] = error
        start = time.perf_counter()
        answers |= self._spoken(known, start, gives_way)
        alone = {place: again for place, work in known.items() if (again := _alone(work, answers[place]))}
        answers |= {place: _unsure(answer) for place, answer in self._spoken(alone, start, gives_way).items()}
        return [answers[place] for place in range(len(works))]

    def activate(self, generation: str, adapter: Path) -> None:
        """Answer with another generation from now on; raises `AltdError` `generation_broken`."""
        self._backend.activate(generation, adapter)
        self.generation = generation
        self._compile(lambda _: None)

    def _compile(self, tell: Callable[[float], None]) -> None:
        context, lines = longest_material()
        self._backend.compile(self._prompt(context, lines), tell)

    def _look(self, work: Work) -> bool:
        """Encode a picture; whether it is like those that the model knows."""
        assert work.image is not None
        work.tell("encode", "")
        with work.clock("encode"):
            if self._familiarity is None:
                self._backend.look(work.image)
                return True
            return bool(self._familiarity.knows(self._backend.features(work.image)).all())

    def _question(self, work: Work) -> Question:
        assert work.image is not None
        ask = work.ask
        seen = {folded(text) for text in ask.avoid}
        tidy = tidier(ask, work.lines, self._thresholds)

        def tell(text: str) -> None:
            work.clock.token()
            work.tell("token", tidy(text))

        task = Task(
            variant=ask.variant,
            max_new_tokens=LONGEST_ANSWER if ask.detail == "long" else MAX_NEW_TOKENS,
            accept=lambda text: is_new(tidy(text), seen, self._thresholds),
            cancelled=work.clock.cancelled,
            on_text=tell,
        )
        return Question(work.image, self._prompt(Context(**ask.context), work.lines), task)

    def _spoken(
        self, works: dict[int, Work], start: float, gives_way: Callable[[], bool]
    ) -> dict[int, Described | AltdError]:
        """What is served of what the model says; `start`: since when these are worked on."""
        if not works:
            return {}
        spoken = self._backend.answer([self._question(work) for work in works.values()], gives_way)
        end = time.perf_counter()
        answers: dict[int, Described | AltdError] = {}
        for (place, work), said in zip(works.items(), spoken, strict=True):
            work.clock.generated(start, end)
            answers[place] = said if isinstance(said, AltdError) else self._concluded(work, said)
        return answers

    def _concluded(self, work: Work, spoken: Spoken) -> Described:
        text = tidier(work.ask, work.lines, self._thresholds)(spoken.text)
        candidate = Candidate(text, spoken.mean_logp, repeated=not spoken.accepted)
        return self._described(work, conclude(candidate, work.lines, work.ask, self._thresholds))

    def _described(self, work: Work, verdict: Verdict) -> Described:
        return Described(
            id=work.ask.id,
            state=verdict.state,
            text=verdict.text,
            confidence=verdict.confidence,
            lines=work.lines,
            language=MODEL_LANGUAGE if verdict.from_model else UNDETERMINED,
            generation=self.generation,
            timings_ms=work.clock.times,
        )

    def _prompt(self, context: Context, lines: tuple[str, ...]) -> str:
        question = build_question(context, lines)
        return self._backend.prompt(question, build_prompt(question))


def _alone(work: Work, answer: Described | AltdError) -> Work | None:
    ask = None if isinstance(answer, AltdError) else without_post(work.ask, answer.state)
    return replace(work, ask=ask) if ask else None


def _unsure(answer: Described | AltdError) -> Described | AltdError:
    return answer if isinstance(answer, AltdError) else answer.model_copy(update={"confidence": "low"})
