"""The descriptions under way and the recent ones: submission, lookup, and the row each leaves behind."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import Counter, OrderedDict
from dataclasses import asdict, dataclass

from altd.describe.job import DescriptionRequest, Job
from altd.describe.prompt import Context
from altd.describe.queue import ORDER
from altd.describe.service import DescriptionService
from altd.errors import AltdError
from altd.server.failures import log_unexpected
from altd.server.recent import RecentImages
from altd.server.vitals import Latencies
from altd.store import queries
from altd.store.database import Database
from altd.store.images import ImageStore, digest_of
from altd.store.purging import Target
from altd.store.records import DescriptionRow

_log = logging.getLogger(__name__)

_REMEMBERED = 1024
_RECENT_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """A submitted image.

    Attributes:
        digest: sha256 of the image's bytes.
        created_at: seconds since 1970.
    """

    job: Job
    request: DescriptionRequest
    media_key: str
    digest: str
    alternative_of: str | None
    created_at: float

    def row(self) -> DescriptionRow:
        """Return what is kept of a finished description.

        Raises:
            AltdError: `not_finished`, or why it failed.
        """
        if self.job.error is not None:
            raise self.job.error
        result = self.job.result
        if result is None:
            raise AltdError("cancelled" if self.job.finished else "not_finished")
        return DescriptionRow(
            id=self.job.id,
            image_sha256=self.digest,
            media_key=self.media_key,
            site=self.request.context.site,
            context=asdict(self.request.context),
            lines=list(result.lines),
            detail=self.request.detail,
            language=self.request.language,
            text=result.text,
            confidence=result.confidence,
            model=result.model,
            generation=result.generation,
            prompt_version=result.prompt_version,
            alternative_of=self.alternative_of,
            created_at=self.created_at,
        )


class Desk:
    """Takes images in and remembers them.

    Args:
        service: makes the descriptions.
        database: gets a row for each finished one.
        images: where images of earlier runs may still lie.
    """

    def __init__(self, service: DescriptionService, database: Database, images: ImageStore) -> None:
        self._service = service
        self._database = database
        self._images = images
        self._recent = RecentImages(_RECENT_BYTES)
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._recording: set[asyncio.Task[None]] = set()
        self._asked: float | None = None
        self.latencies = Latencies()

    def waiting(self) -> dict[str, int]:
        """Return how many descriptions wait, by priority."""
        queued = (entry for entry in self._entries.values() if entry.job.state == "queued")
        counts = Counter(entry.request.priority for entry in queued)
        return {priority: counts[priority] for priority in ORDER}

    @property
    def asked_at(self) -> float | None:
        """When the latest description was asked for, in seconds since 1970; None when none was.

        Counted back from now, so that it stays right when somebody sets the clock.
        """
        return None if self._asked is None else time.time() - (time.monotonic() - self._asked)

    def submit(self, image: bytes, request: DescriptionRequest, media_key: str) -> Entry:
        """Queue an image.

        Raises:
            AltdError: whatever `DescriptionService.submit` raises.
        """
        job = self._service.submit(image, request)
        return self._remember(Entry(job, request, media_key, digest_of(image), None, time.time()), image)

    async def submit_alternative(self, description_id: str) -> Entry:
        """Ask for a text that differs from all texts given for this image in this context.

        Raises:
            AltdError: `unknown_description` (also when the image is no longer at hand), `not_finished`,
                and whatever `DescriptionService.submit` raises.
        """
        row = await self.row(description_id)
        image = await self._image(row.image_sha256)
        texts = await self._texts_given(row)
        request = DescriptionRequest(
            context=Context(**row.context),
            language=row.language,
            detail=row.detail,  # type: ignore[arg-type]  # written from a request of this type
            priority="focused",
        )
        job = self._service.submit(image, request, variant=len(texts), avoid=texts)
        entry = Entry(job, request, row.media_key, row.image_sha256, description_id, time.time())
        return self._remember(entry, image)

    def entry(self, description_id: str) -> Entry | None:
        """Return a description of this run, None when there is none or it is forgotten."""
        return self._entries.get(description_id)

    async def row(self, description_id: str) -> DescriptionRow:
        """Return a finished description, of this run or an earlier one.

        Raises:
            AltdError: `unknown_description`, `not_finished`, or why it failed.
        """
        entry = self._entries.get(description_id)
        if entry is not None:
            return entry.row()
        return await self._database.aread(lambda connection: queries.description(connection, description_id))

    def cancel(self, description_id: str) -> None:
        """Stop a description wherever it is; a finished one stays as it is.

        Raises:
            AltdError: `unknown_description`.
        """
        entry = self._entries.get(description_id)
        if entry is None:
            raise AltdError("unknown_description")
        if not entry.job.finished:
            self._service.cancel(description_id)

    def forget(self, target: Target) -> None:
        """Forget finished descriptions and images that are purged; one that is under way is a new one."""
        for description_id in target.descriptions:
            self._entries.pop(description_id, None)
        for digest in target.images:
            self._recent.drop(digest)
        self._service.forget_answers()

    def recent_image(self, digest: str) -> bytes | None:
        """Return an image's bytes while they are still in memory."""
        return self._recent.get(digest)

    async def close(self) -> None:
        """Wait until every finished description is kept."""
        await asyncio.gather(*self._recording)

    async def _image(self, digest: str) -> bytes:
        """Return an image's bytes, from memory or from those kept with a verdict."""
        image = self._recent.get(digest)
        if image is not None:
            return image
        try:
            return await asyncio.to_thread(self._images.path(digest).read_bytes)
        except FileNotFoundError:
            raise AltdError("unknown_description") from None

    async def _texts_given(self, row: DescriptionRow) -> list[str]:
        def work(connection: sqlite3.Connection) -> list[str]:
            queries.save_description(connection, row)
            return queries.texts_given(connection, row)

        return await self._database.awrite(work)

    def _remember(self, entry: Entry, image: bytes) -> Entry:
        self._asked = time.monotonic()
        self._recent.put(entry.digest, image)
        self._entries[entry.job.id] = entry
        while len(self._entries) > _REMEMBERED and next(iter(self._entries.values())).job.finished:
            self._entries.popitem(last=False)
        task = asyncio.create_task(self._record(entry))
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)
        return entry

    async def _record(self, entry: Entry) -> None:
        started = time.monotonic()
        await entry.job.wait()
        seconds = time.monotonic() - started
        _log.info("description %s: %s after %.2f s", entry.job.id, entry.job.state, seconds)
        if entry.job.result is None:
            return
        if not entry.job.result.cached:
            self.latencies.add(entry.job.age_ms())
        row = entry.row()
        try:
            await self._database.awrite(lambda connection: queries.save_description(connection, row))
        except sqlite3.Error as error:  # a full disk: the description still reaches who asked for it
            log_unexpected(error)
