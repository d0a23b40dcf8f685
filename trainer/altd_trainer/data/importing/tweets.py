"""Posts of X (Twitter) as its API gives them, and the ids of AltTextData to choose among them.

AltTextData (Srivatsan et al., arXiv 2305.14779) publishes ids of posts and addresses of their pictures only;
who wants to train has to ask the API for the posts, and to bring the pictures. Two forms are read, one object
a line or several in a list:
- API v2 with `expansions=attachments.media_keys,author_id` and `media.fields=alt_text,url`: `data`, a post or
  a list, beside `includes.media` (this is what `twarc2` writes);
- API v1.1: `id_str`, `full_text`, and `extended_entities.media` with `ext_alt_text`.
A picture's file has the name of its media key (`3_1534556827223998473.jpg`, as in the released samples), of
its number (v1.1) or of the last part of its address.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from altd.describe.prompt import Context
from altd_trainer.data import columns
from altd_trainer.data.importing.posts import Post
from altd_trainer.data.tables import read_rows

_ID = re.compile(r"(?<![\w./_-])\d{15,20}(?![\w-])")
_OWN_ADDRESS = re.compile(r"\s*https://t\.co/\w+\s*$")


def tweets(path: Path) -> Iterator[Post]:
    """Each photo of each post.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row, where a row is in neither form.
    """
    for origin, row in read_rows(path):
        try:
            yield from _new_form(row, origin) if "data" in row else _old_form(row, origin)
        except ValueError as error:
            raise ValueError(f"{origin}: {error}") from error


def listed_ids(path: Path) -> frozenset[str]:
    """The ids of posts in a list of any form: every number of 15 to 20 digits that stands alone.

    Numbers inside addresses, file names and media keys do not stand alone.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: there is no id in it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    found = frozenset(_ID.findall(path.read_text(encoding="utf-8", errors="replace")))
    if not found:
        raise ValueError(f"{path.name}: there is no id of a post in it, a number of 15 to 20 digits")
    return found


def _new_form(row: Mapping[str, Any], origin: str) -> Iterator[Post]:
    data, includes = row["data"], _mapping(row.get("includes"))
    media = {_name(item, "media_key"): item for item in _mappings(includes.get("media"))}
    users = {_name(item, "id"): item for item in _mappings(includes.get("users"))}
    for post in _mappings(data if isinstance(data, list) else [data]):
        author = users.get(str(post.get("author_id")), {})
        for key in _mapping(post.get("attachments")).get("media_keys") or ():
            item = media.get(key, {})
            if item.get("type", "photo") == "photo":
                text = columns.text_or(post, "text")
                yield _post(_name(post, "id"), str(key), item, "alt_text", text, author, origin)


def _old_form(row: Mapping[str, Any], origin: str) -> Iterator[Post]:
    text = columns.text_or(row, "full_text") or columns.text(row, "text")
    for item in _mappings(_mapping(row.get("extended_entities")).get("media")):
        if item.get("type", "photo") == "photo":
            key = _name(item, "id_str")
            yield _post(
                _name(row, "id_str"), key, item, "ext_alt_text", text, _mapping(row.get("user")), origin
            )


def _post(
    post: str, key: str, item: Mapping[str, Any], alt: str, text: str, user: Mapping[str, Any], origin: str
) -> Post:
    address = columns.text_or(item, "media_url_https") or columns.text_or(item, "url")
    names = (key, f"3_{key}") + ((address.rsplit("/", 1)[-1].split("?")[0],) if address else ())
    author = columns.text_or(user, "name")
    context = Context(site="x", text=_OWN_ADDRESS.sub("", text), author=author)
    return Post(key, names, columns.text_or(item, alt), context, post, origin)


def _name(row: Mapping[str, Any], column: str) -> str:
    return str(columns.required(row, column))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
