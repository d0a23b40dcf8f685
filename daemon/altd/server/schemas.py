"""What clients send and what they get: the schemas of the routes and of `/v1/openapi.json`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from altd.pairing.browsers import EXTENSION_ORIGIN

TEXT_LIMIT = 20_000
"""Characters of a context field; it is kept with the description, the prompt takes less."""

_NOT_BLANK = r"[^\s\x1c-\x1f\x85]"  # a length of one alone would promise to take a blank
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]
Short = Annotated[str, StringConstraints(max_length=500)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_NOT_BLANK)
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:-]+$")]


class Schema(BaseModel):
    """Base of all: unknown fields are errors, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContextBody(Schema):
    """The post around an image; every field is plain text and data, never an instruction."""

    site: Short = ""
    text: Text = ""
    author: Short = ""
    quoted: Text = ""
    title: Text = ""
    extra: Text = ""


class DescriptionBody(Schema):
    """The `request` field of a submission."""

    context: ContextBody = Field(default_factory=ContextBody)
    language: Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9-]+$")] = "en"
    detail: Literal["alt", "long", "text"] = "alt"
    media_key: Short = Field(
        default="", description="the site's own name of the image; the same for a repost"
    )
    priority: Literal["focused", "visible", "ahead"] = "visible"


class Accepted(Schema):
    """A description that is not finished."""

    id: str
    state: Literal["queued", "running"]
    alternative_of: str | None = None


class Description(Schema):
    """A finished description."""

    id: str
    state: Literal["done", "no_description"]
    text: str = Field(description="one plain sentence; empty when nothing can honestly be said")
    confidence: Literal["high", "low"]
    text_in_image: str
    language: str
    model: str
    generation: str | None
    cached: bool
    timings_ms: dict[str, float]
    alternative_of: str | None = None


class FeedbackBody(Schema):
    """A verdict."""

    description_id: Identifier
    verdict: Literal["accept", "reject", "edit", "prefer"]
    text: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=_NOT_BLANK)
        ]
        | None
    ) = Field(None, description="the user's own text; needed for `edit`")
    other_id: Identifier | None = Field(None, description="the description that lost; needed for `prefer`")
    position: Annotated[int, Field(ge=1, le=20)] | None = Field(
        None,
        description="only with `prefer`: where the preferred text stood among those shown, from 1; "
        "show them in random order",
    )
    key: Identifier = Field(description="chosen by the client: the same verdict sent twice counts once")


class Feedback(Schema):
    """A verdict that is safe on disk."""

    id: str
    verdict: Literal["accept", "reject", "edit", "prefer"]
    description_id: str
    image_kept: bool = Field(description="whether the image is at hand; without it nothing is learned")


class StoredVerdict(Schema):
    """A verdict with the texts it is about."""

    id: str
    verdict: Literal["accept", "reject", "edit", "prefer"]
    created_at: float = Field(description="seconds since 1970")
    site: str
    post: str = Field(description="text of the post around the image")
    description: str = Field(description="the description that was judged, or preferred")
    text: str | None = Field(description="the user's own text, for `edit`")
    other: str | None = Field(description="the description that lost, for `prefer`")


class StoredFeedback(Schema):
    """All verdicts that stand, oldest first."""

    feedback: list[StoredVerdict]


class Undone(Schema):
    """A verdict that was taken back."""

    id: str
    undone: Literal[True] = True


class Purged(Schema):
    """What was deleted."""

    deleted: int = Field(description="verdicts")
    images: int = Field(description="images that are no longer kept")
    generations: list[str] = Field(description="those that learned from it and are marked now")


class Health(Schema):
    """Whether descriptions can be made now."""

    status: Literal["loading", "ready", "degraded"]
    version: str


class RemoteStatus(Schema):
    """The server that pictures are sent to."""

    host: str
    model: str
    other_machine: bool = Field(description="whether pictures leave this machine")
    confidence: Literal["measured", "always low", "unknown"] = Field(
        description="`measured` where the server gives log-probabilities, `unknown` before its first answer"
    )


class Memory(Schema):
    """Bytes that the processes hold in main memory."""

    daemon_bytes: int | None
    model_bytes: int | None = Field(description="null: the model's process does not run")


class Latency(Schema):
    """Milliseconds from submission to answer, of the latest 256 descriptions that came from no cache."""

    count: int
    p50: float | None
    p95: float | None


class Status(Schema):
    """What runs."""

    status: Literal["loading", "ready", "degraded"]
    reason: str | None
    version: str
    pid: int
    started_at: float
    model: str
    quantization: str
    device: str = Field(description="where the model computes; empty until it is loaded")
    waiting: int = Field(description="descriptions in the queue")
    queue: dict[str, int] = Field(description="priority → how many wait")
    model_in_memory: bool = Field(description="false: freed while there was no work")
    memory: Memory
    latency_ms: Latency
    uptime_s: float
    asked_at: float | None = Field(
        description="when a description was last asked for, in seconds since 1970; null: not in this run"
    )
    generation: str | None
    prompt_version: int
    remote: RemoteStatus | None = Field(None, description="null: pictures stay inside altd")
    feedback: dict[str, int] = Field(description="verdict → how many stand")


class ModelEntry(Schema):
    """A model by name, in the form of the OpenAI list."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["altd"] = "altd"
    about: str


class GenerationEntry(Schema):
    """A generation, as its manifest tells."""

    generation: str
    parent: str | None
    active: bool
    base: str
    origin: str
    created_at: str
    examples: int
    gate: dict[str, Any]
    metrics: dict[str, Any]


class Models(Schema):
    """Models and generations; `active` is the generation that answers."""

    object: Literal["list"] = "list"
    data: list[ModelEntry]
    active: str | None
    generations: list[GenerationEntry]


class ActiveBody(Schema):
    """Which generation should answer."""

    generation: Identifier
    expected_generation: Identifier | None = Field(
        default=None, description="the one the caller believes active; 409 when it is another"
    )


class Active(Schema):
    """Which generation answers."""

    generation: str


class PairBody(Schema):
    """A one-time code."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    name: Name = "browser"


class TokenBody(Schema):
    """A browser that the native-messaging host vouches for."""

    name: Name
    origin: Annotated[str, StringConstraints(pattern=rf"^{EXTENSION_ORIGIN}$", max_length=60)]


class Paired(Schema):
    """A new token; it is shown this once."""

    token: str
    id: str


class PairingCode(Schema):
    """A new one-time code."""

    code: str
    expires_in_s: int


class TokenEntry(Schema):
    """A valid token, without its secret."""

    id: str
    name: str
    origin: str | None
    created_at: float
    last_used_at: float | None


class Tokens(Schema):
    """The valid tokens of paired browsers."""

    tokens: list[TokenEntry]


class Revoked(Schema):
    """A token that ended."""

    id: str
    revoked: Literal[True] = True


class ErrorDetail(Schema):
    """Why not."""

    code: str
    message: str
    type: str | None = Field(None, description="only under /v1/chat/, for OpenAI's clients")
    param: None = Field(None, description="only under /v1/chat/, for OpenAI's clients")


class Error(Schema):
    """What every failure answers with."""

    error: ErrorDetail
