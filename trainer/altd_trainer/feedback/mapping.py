"""Verdicts → preference examples.

Verdicts are gathered per image and context. Every text gets the standing that the latest verdict gave it:
an accepted or edited text is good, a rejected or edited-away one is bad, and a preference makes one of
each. The latest good text is chosen over each bad one; a good text without a bad one still teaches
through its image and its context. What cannot be used is named with its reason. `rules` says what each
weighs, `ageing` what is left of that when another generation wrote the texts.

Where there is no good text at all, the bad ones are kept apart as unwanted: they make no preference, and are
learned from only by who asks for it (`altd_trainer.unpaired`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from altd.describe.prompt import Context
from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.queries import evidence
from altd.store.records import DescriptionRow, EvidenceRow
from altd_trainer.data.images import UnreadableImageError, load_image
from altd_trainer.data.preferences import Evidence, PreferenceExample
from altd_trainer.feedback.ageing import Ageing
from altd_trainer.feedback.rules import ALONE, FULL, edit_weight

_CONTEXT_FIELDS = tuple(field.name for field in fields(Context))
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})
_HELD_OUT_TENTHS = 3


@dataclass(frozen=True)
class NotUsed:
    """A verdict that teaches nothing, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Feedback:
    """What the standing verdicts amount to.

    Attributes:
        contradicted: verdicts that a later one on the same text turned round.
        unwanted: rejected texts of images without a better one, each as the `chosen` of an example, since
            it is read like one. Their verdicts are among those not used.
    """

    examples: list[PreferenceExample]
    not_used: list[NotUsed]
    contradicted: int = 0
    unwanted: list[PreferenceExample] = field(default_factory=list)

    def with_unwanted(self, wanted: bool) -> "Feedback":
        """With the unwanted texts among what is used, or without any."""
        if not wanted:
            return replace(self, unwanted=[])
        used = {verdict for example in self.unwanted for verdict in example.id.split(":")[1:]}
        return replace(self, not_used=[verdict for verdict in self.not_used if verdict.id not in used])

    def split(self) -> tuple[list[PreferenceExample], list[PreferenceExample]]:
        """(to train on, held out); all examples of an image are on one side, and always on the same."""
        train = [example for example in self.examples if not is_held_out(example.id)]
        return train, [example for example in self.examples if is_held_out(example.id)]


@dataclass(frozen=True)
class _Standing:
    """What the latest verdict on a text says of it."""

    good: bool
    row: EvidenceRow
    description: DescriptionRow


def read_feedback(paths: Paths) -> Feedback:
    """Read the standing verdicts of a database, also while a daemon writes to it.

    Raises:
        AltdError: `file_unreadable` when there is no database, `store_too_new`.
    """
    with closing(connect_read_only(paths.database)) as connection:
        return to_examples(evidence(connection), paths.images_dir, Ageing.of(paths))


def to_examples(rows: Iterable[EvidenceRow], images: Path, ageing: Ageing | None = None) -> Feedback:
    """Turn verdicts into examples.

    Args:
        rows: standing verdicts, oldest first.
        images: folder of images named by their sha256.
        ageing: what texts of other generations weigh; None counts all as the active one's.
    """
    subjects: dict[str, list[EvidenceRow]] = {}
    for row in rows:
        subject = _subject(row.description)
        subjects[subject] = [*subjects.pop(subject, ()), row]  # the one with the latest verdict stands last
    parts = [_of_one(of_one, images, ageing) for of_one in subjects.values()]
    return Feedback(
        [example for part in parts for example in part.examples],
        [verdict for part in parts for verdict in part.not_used],
        sum(part.contradicted for part in parts),
        [example for part in parts for example in part.unwanted],
    )


def is_held_out(example_id: str) -> bool:
    """Whether an example is kept from training: three in ten images, by their digest in the id."""
    image = example_id.partition(":")[0]
    return hashlib.sha256(image.encode()).digest()[0] * 10 // 256 < _HELD_OUT_TENTHS


def _subject(description: DescriptionRow) -> str:
    """What two texts must share to be two answers to one question."""
    context = json.dumps(description.context, sort_keys=True)
    return "\0".join((description.image_sha256, context, description.detail, description.language))


def _of_one(rows: Sequence[EvidenceRow], images: Path, ageing: Ageing | None) -> Feedback:
    """What the verdicts on one image in one context amount to."""
    standings, turned = _standings(rows)
    examples = list(_examples(standings, images, ageing))
    unwanted = [] if examples else list(_unwanted(standings, images, ageing))
    problem = _problem(rows[0].description, examples)
    if problem is not None:
        examples = []
    if problem or _problem(rows[0].description, unwanted):
        unwanted = []
    used = {part for example in examples for part in example.id.split(":")[1:]}
    not_used = [
        NotUsed(row.feedback.id, problem or _why_not(row, standings, turned))
        for row in rows
        if row.feedback.id not in used
    ]
    return Feedback(examples, not_used, len(turned), unwanted)


def _standings(rows: Sequence[EvidenceRow]) -> tuple[dict[str, _Standing], set[str]]:
    """Text → its latest standing; and the verdicts that a later one turned round."""
    standings: dict[str, _Standing] = {}
    turned = set()
    for row in rows:
        for text, good, description in _judgements(row):
            before = standings.pop(text, None)  # the latest stands last
            if before and before.good != good and before.row is not row:
                turned.add(before.row.feedback.id)
            standings[text] = _Standing(good, row, description)
    return standings, turned


def _judgements(row: EvidenceRow) -> Iterator[tuple[str, bool, DescriptionRow]]:
    shown, verdict = row.description, row.feedback.verdict
    if verdict == "edit":
        yield _tidy(shown.text), False, shown
        yield _tidy(row.feedback.text or ""), True, shown
    elif verdict == "prefer" and row.other is not None:
        yield _tidy(row.other.text), False, row.other
        yield _tidy(shown.text), True, shown
    else:
        yield _tidy(shown.text), verdict in ("accept", "prefer"), shown


def _examples(
    standings: dict[str, _Standing], images: Path, ageing: Ageing | None
) -> Iterator[PreferenceExample]:
    good = [(text, standing) for text, standing in standings.items() if standing.good and text]
    bad = [(text, standing) for text, standing in standings.items() if not standing.good and text]
    if not good:
        return
    chosen, best = good[-1]
    if not bad:
        yield _example(chosen, best, None, None, images)
    for text, standing in bad:
        example = _example(chosen, best, text, standing, images)
        yield replace(example, weight=_weight(example, best, standing, ageing))


def _unwanted(
    standings: dict[str, _Standing], images: Path, ageing: Ageing | None
) -> Iterator[PreferenceExample]:
    """Every text of an image that has none but rejected ones."""
    if any(standing.good and text for text, standing in standings.items()):
        return
    for text, standing in standings.items():
        if text:
            old = ageing.weight(standing.description.generation or "") if ageing else 1.0
            example = _example(text, standing, None, None, images)
            yield replace(example, evidence="rejected", weight=ALONE * old)


def _example(
    chosen: str, best: _Standing, rejected: str | None, worst: _Standing | None, images: Path
) -> PreferenceExample:
    shown = best.description
    context = Context(**{name: shown.context.get(name, "") for name in _CONTEXT_FIELDS})
    verdicts = [best.row.feedback.id, *([worst.row.feedback.id] if worst else [])]
    return PreferenceExample(
        id=":".join([shown.image_sha256[:16], *dict.fromkeys(verdicts)]),
        image=images / shown.image_sha256,
        context=context,
        chosen=chosen,
        rejected=rejected,
        lines=tuple(shown.lines),
        source="feedback",
        site=shown.site,
        evidence=_evidence(best, worst),
        generation=shown.generation or "",
        weight=ALONE,
    )


def _weight(pair: PreferenceExample, best: _Standing, worst: _Standing, ageing: Ageing | None) -> float:
    """The rule's weight, aged by the generations that wrote the texts; what a person wrote has none."""
    edited = best.row.feedback.verdict == "edit"
    weight = edit_weight(pair.rejected or "", pair.chosen) if edited else FULL
    if ageing is None:
        return weight
    written_by = [worst.description] if edited else [best.description, worst.description]
    return weight * ageing.weight(*(description.generation or "" for description in written_by))


def _evidence(best: _Standing, worst: _Standing | None) -> Evidence:
    verdict = best.row.feedback.verdict
    if verdict == "edit":
        return "edit"
    if verdict == "prefer":
        return "preferred"
    return "regenerated" if worst else "accepted"


def _problem(description: DescriptionRow, examples: Sequence[PreferenceExample]) -> str | None:
    """Why nothing of this image can be used, if so."""
    if description.detail != "alt":
        return f"it is about a `{description.detail}` answer, and only alternative texts are learned"
    if not examples:
        return None
    if not Path(str(examples[0].image)).is_file():
        return "the image is no longer kept"
    try:
        load_image(examples[0])
    except UnreadableImageError:
        return "the kept image cannot be read"
    return None


def _why_not(row: EvidenceRow, standings: dict[str, _Standing], turned: set[str]) -> str:
    if row.feedback.id in turned:
        return "a later verdict says the opposite of the same text"
    if not any(standing.good and text for text, standing in standings.items()):
        return "a rejection alone does not say what would be better; it counts once another text is accepted"
    return "a later verdict on the same image and context took its place"


def _tidy(text: str) -> str:
    """One line that holds no marker of the conversation."""
    return " ".join(text.translate(_BRACKETS).split())
