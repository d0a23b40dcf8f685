"""A home with descriptions and verdicts in it, written as the daemon writes them."""

import hashlib
import io
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image

from altd.describe.prompt import PROMPT_VERSION, Context
from altd.paths import Paths
from altd.store.database import Database
from altd.store.images import ImageStore
from altd.store.queries import record_feedback, save_description, undo_feedback
from altd.store.records import DescriptionRow, FeedbackRow, Verdict


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class Home:
    """Gives verdicts one after the other."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths.under(folder)
        self.paths.ensure()
        self.images = ImageStore(self.paths.images_dir, 10**8)
        self.clock = count(1000)
        Database(self.paths.database, self.paths.backups_dir).close()

    def describe(
        self, image: bytes, text: str, context: Context | None = None, keep: bool = True, **changes: Any
    ) -> DescriptionRow:
        """A description in the database; its image is kept as feedback would."""
        context = context or Context(site="x", text="At the harbour fair")
        digest = self.images.keep(image, set) if keep else hashlib.sha256(image).hexdigest()
        row = DescriptionRow(
            id=f"d{next(self.clock)}",
            image_sha256=digest,
            media_key=digest[:8],
            site=context.site,
            context={"site": context.site, "text": context.text, "author": context.author},
            lines=["OPEN"],
            detail="alt",
            language="en",
            text=text,
            confidence="high",
            model="bundled",
            generation="g0001",
            prompt_version=PROMPT_VERSION,
            alternative_of=None,
            created_at=float(next(self.clock)),
        )
        row = replace(row, **changes)
        self._write(lambda connection: save_description(connection, row))
        return row

    def give(
        self,
        description: DescriptionRow,
        verdict: Verdict,
        text: str | None = None,
        over: DescriptionRow | None = None,
    ) -> str:
        """A verdict; returns its id."""
        number = next(self.clock)
        other = over.id if over else None
        row = FeedbackRow(f"f{number}", f"key{number}", description.id, verdict, text, other, float(number))
        self._write(lambda connection: record_feedback(connection, row))
        return row.id

    def undo(self, feedback_id: str) -> None:
        self._write(lambda connection: undo_feedback(connection, feedback_id))

    def _write(self, work: Any) -> None:
        with Database(self.paths.database, self.paths.backups_dir) as database:
            database.write(work)
