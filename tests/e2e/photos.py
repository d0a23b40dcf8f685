"""The photos of a page of X: their labels, and nodes that come to show another one."""

from collections.abc import Sequence

from window import Window

from altd.demo.browser import is_described
from altd.demo.feed import Post

PHOTO = "[data-testid=tweetPhoto]"
LABELS = (
    "return Array.from(document.querySelectorAll(arguments[0]), (node) => node.getAttribute('aria-label'))"
)


async def label_at(window: Window, place: int) -> str:
    return str((await window.run(LABELS, PHOTO))[place])


async def is_described_at(window: Window, place: int) -> bool:
    return is_described(await label_at(window, place))


async def labels_by_key(window: Window, holders: str = PHOTO) -> list[tuple[str, str]]:
    """Key and label of every photo of X in one of the holders."""
    found = await window.run(
        "return Array.from(document.querySelectorAll(arguments[0]), (node) => ["
        "node.querySelector('img').src.match(/media.([^?]+)/)[1], node.getAttribute('aria-label')])",
        holders,
    )
    return [(str(key), str(label)) for key, label in found]


async def known_places(window: Window, known: dict[str, str]) -> list[tuple[int, str]]:
    """Place and key of each photo on the page that has a description."""
    return [(place, key) for place, (key, _) in enumerate(await labels_by_key(window)) if key in known]


async def show(window: Window, place: int, key: str) -> None:
    """Let the node at this place show another picture, as a list does that uses its nodes again."""
    await window.run(
        "document.querySelectorAll('[data-testid=tweetPhoto] img')[arguments[0]].src = "
        "`https://pbs.twimg.com/media/${arguments[1]}?format=jpg&name=small`",
        place,
        key,
    )


async def own_labels_stand(window: Window) -> bool:
    """Whether the page is, byte for byte, what the server sent; only our empty live region is left."""
    script = (
        "return fetch(location.href).then((answer) => answer.text()).then((text) => {"
        "const sent = new DOMParser().parseFromString(text, 'text/html').body;"
        "const here = document.body.cloneNode(true);"
        "here.querySelector('[aria-live]').remove();"
        "return here.innerHTML === sent.innerHTML; })"
    )
    return bool(await window.run(script))


def new_pictures(posts: Sequence[Post]) -> list[str]:
    """Keys of pictures that no page of X has shown."""
    return [post.key for post in posts if post.on_pinterest]
