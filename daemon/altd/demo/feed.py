"""Two pages of our own, built as X and Pinterest build theirs: that is where the extension has to work.

The structure (which element carries which label) follows what is known of the sites in August 2026;
texts and pictures are our own.
"""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

X_HOST = "x.com"
X_IMAGES = "pbs.twimg.com"
PINTEREST_HOST = "www.pinterest.com"
PINTEREST_IMAGES = "i.pinimg.com"
HOSTS = (X_HOST, X_IMAGES, PINTEREST_HOST, PINTEREST_IMAGES)

_STYLE = """
body { font: 16px/1.4 sans-serif; margin: 0 auto; max-width: 40rem; color: #111; background: #fff }
header { padding: 1rem; border-bottom: 1px solid #ddd }
article { border-bottom: 1px solid #ddd; padding: 1rem }
[data-testid=tweetPhoto] { position: relative; display: block; max-width: 22rem }
[data-testid=tweetPhoto] div { background-size: contain; background-repeat: no-repeat; width: 100% }
[data-testid=tweetPhoto] img { position: absolute; inset: 0; opacity: 0; width: 100%; height: 100% }
[data-test-id=masonry-container] { columns: 3; padding: 1rem }
[data-test-id=pin] { break-inside: avoid; margin-bottom: 1rem }
[data-test-id=pin] img { width: 100%; border-radius: 12px }
"""


@dataclass(frozen=True)
class Post:
    """One picture of the feed with its post. `key` is what the site calls the picture."""

    number: int
    file: Path
    kind: str
    text: str
    author: str
    width: int
    height: int

    @property
    def on_pinterest(self) -> bool:
        return self.kind in ("recipe", "poster")

    @property
    def key(self) -> str:
        return f"{self.number:032x}" if self.on_pinterest else f"DEMO{self.number:011d}"


def read_posts(folder: Path) -> list[Post]:
    """The posts that `altd_trainer draw` wrote into a folder."""
    entries: list[dict[str, Any]] = json.loads((folder / "posts.json").read_text(encoding="utf-8"))
    return [
        Post(
            number=number,
            file=folder / entry["file"],
            kind=entry["kind"],
            text=entry["context"]["text"],
            author=entry["context"]["author"] or "Sam Lund",
            width=entry["size"]["width"],
            height=entry["size"]["height"],
        )
        for number, entry in enumerate(entries, 1)
    ]


def x_page(posts: list[Post]) -> str:
    """A timeline; every photo has the placeholder `Image` in both places where X writes it."""
    cells = "\n".join(_tweet(post) for post in posts if not post.on_pinterest)
    body = (
        '<div id="react-root"><main role="main"><div data-testid="primaryColumn"><section><h1>Home</h1>'
        f'<div aria-label="Timeline: Home"><div>{cells}</div></div></section></div></main></div>'
    )
    return _page("Home / X", "A feed like X's, served on this machine", body)


def pinterest_page(posts: list[Post]) -> str:
    """A grid of pins without a human's alternative text."""
    pins = "\n".join(_pin(post) for post in posts if post.on_pinterest)
    grid = f'<div data-test-id="masonry-container" role="list">{pins}</div>'
    return _page("Pinterest", "A grid like Pinterest's, served on this machine", grid)


def _tweet(post: Post) -> str:
    n, handle = post.number, post.author.split()[0].lower()
    ids = " ".join(f"{part}{n}" for part in ("name", "text", "media", "counts"))
    source = f"https://{X_IMAGES}/media/{post.key}?format=jpg&amp;name=small"
    ratio = f"padding-top:{100 * post.height / post.width:.1f}%"
    photo = (
        f'<a href="/{handle}/status/{100 + n}/photo/1" role="link">'
        f'<div aria-label="Image" data-testid="tweetPhoto">'
        f'<div style="background-image:url({source});{ratio}"></div>'
        f'<img alt="Image" draggable="true" src="{source}"></div></a>'
    )
    return (
        f'<div data-testid="cellInnerDiv"><article data-testid="tweet" role="article" tabindex="0" '
        f'aria-labelledby="{ids}"><div id="name{n}" data-testid="User-Name"><a href="/{handle}" role="link">'
        f'<b>{html.escape(post.author)}</b></a> <a href="/{handle}" role="link" tabindex="-1">@{handle}</a> '
        f'<a href="/{handle}/status/{100 + n}"><time datetime="2026-08-19T10:00:00Z">Aug 19</time></a></div>'
        f'<div id="text{n}" lang="en" data-testid="tweetText">{html.escape(post.text)}</div>'
        f'<div id="media{n}">{photo}</div>'
        f'<div id="counts{n}" role="group" aria-label="2 replies, 5 reposts, 9 likes"></div></article></div>'
    )


def _pin(post: Post) -> str:
    key, title = post.key, html.escape(post.text)
    path = f"{key[:2]}/{key[2:4]}/{key[4:6]}/{key}.jpg"
    sizes = ", ".join(
        f"https://{PINTEREST_IMAGES}/{width}x/{path} {times}x"
        for times, width in enumerate((236, 474, 736), 1)
    )
    image = (
        f'<div data-test-id="pinrep-image"><div data-test-id="non-story-pin-image">'
        f'<img alt="" srcset="{sizes}" src="https://{PINTEREST_IMAGES}/236x/{path}"></div></div>'
    )
    return (
        f'<div role="listitem" data-grid-item="true">'
        f'<div data-test-id="pin" data-test-pin-id="{post.number}">'
        f'<a aria-label="{title} pin page" href="/pin/{post.number}/">'
        f'<div data-test-id="pin-missing-alt-text">'
        f'<div class="PinCard__imageWrapper" data-test-image-signature="{key}">{image}</div></div></a>'
        f'<div data-test-id="pinrep-footer-organic-title">'
        f'<a href="/pin/{post.number}/">{title}</a></div></div></div>'
    )


def _page(title: str, heading: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><header>{heading}</header>{body}</body></html>"
    )
