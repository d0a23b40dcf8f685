"""Posts as plain rows: JSON Lines, a JSON list or Parquet, with the pictures in a folder."""

from collections.abc import Iterator
from pathlib import Path

from altd.describe.prompt import Context
from altd_trainer.data import columns
from altd_trainer.data.importing.posts import Post
from altd_trainer.data.tables import read_rows


def plain_posts(path: Path) -> Iterator[Post]:
    """Rows with `image` (a name) and `alt`; `id`, `post` and the columns of a context where they are known.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row, where a row cannot be read.
    """
    for number, (origin, row) in enumerate(read_rows(path)):
        try:
            context = {name: columns.text_or(row, name) for name in Context.__dataclass_fields__}
            name = columns.text(row, "image")
            yield Post(
                id=str(row.get("id") if row.get("id") is not None else number),
                media=(name,),
                alt=columns.text_or(row, "alt"),
                context=Context(**context),
                post=columns.text_or(row, "post"),
                origin=origin,
            )
        except ValueError as error:
            raise ValueError(f"{origin}: {error}") from error
