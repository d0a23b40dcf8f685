"""More pages than the demo's: the fixtures of the unit tests with drawn pictures, and an endless timeline."""

import json
import re
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from altd.demo.feed import PINTEREST_HOST, X_HOST, Post

_FIXTURES = Path(__file__).parents[2] / "extension/fixtures"
_X_KEY = re.compile(r"(?<=twimg\.com/media/)\w+")
_PIN_KEY = re.compile(r"[0-9a-f]{32}")

CAROUSEL = f"{X_HOST}/gardener/status/102"
LIGHTBOX = f"{X_HOST}/gardener/status/102/photo/1"
QUOTE = f"{X_HOST}/critic/status/202"
CLOSEUP = f"{PINTEREST_HOST}/pin/1/"
ENDLESS = f"{X_HOST}/endless"

POSTS = 200
HUMAN_EVERY = 9
"""Every so many posts of the endless timeline have a description by a human."""


def pages(posts: list[Post]) -> dict[str, str]:
    """The pages by address without `https://`."""
    photos = [post.key for post in posts if not post.on_pinterest]
    pins = [post.key for post in posts if post.on_pinterest]
    return {
        CAROUSEL: _with_pictures(_fixture("x/carousel"), _X_KEY, photos),
        LIGHTBOX: _with_pictures(_fixture("x/lightbox"), _X_KEY, photos),
        QUOTE: _with_pictures(_fixture("x/quote"), _X_KEY, photos),
        CLOSEUP: _with_pictures(_fixture("pinterest/closeup"), _PIN_KEY, pins),
        ENDLESS: _ENDLESS.replace("KEYS", json.dumps(photos[:6]))
        .replace("COUNT", str(POSTS))
        .replace("HUMAN", str(HUMAN_EVERY)),
    }


def _fixture(name: str) -> str:
    return (_FIXTURES / f"{name}.html").read_text(encoding="utf-8")


def _with_pictures(page: str, pattern: re.Pattern[str], keys: list[str]) -> str:
    """The page with its made-up keys replaced by those of drawn pictures, one for one."""
    found = list(dict.fromkeys(pattern.findall(page)))
    replaced: Mapping[str, str] = dict(zip(found, cycle(keys), strict=False))
    return pattern.sub(lambda match: replaced[match.group()], page)


# As React does it: only what differs from the earlier post is written to a node that is used again. Posts far
# from the window leave the page; those with an odd number give their node to another, the others lose it.
_ENDLESS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Endless / X</title><style>
body { margin: 0 auto; max-width: 40rem } #list { position: relative }
[data-testid=cellInnerDiv] { position: absolute; height: 400px; width: 100% }
[data-testid=tweetPhoto] { position: relative; display: block; width: 300px; height: 300px }
[data-testid=tweetPhoto] img { position: absolute; inset: 0; opacity: 0; width: 100%; height: 100% }
</style></head><body><main><div data-testid="primaryColumn"><section><h1>Endless</h1>
<div aria-label="Timeline"><div id="list"></div></div></section></div></main><script>
const keys = KEYS, count = COUNT, height = 400, mounted = new Map(), spare = [];
const list = document.getElementById('list');
list.style.height = count * height + 'px';
const human = (n) => (n % HUMAN === HUMAN - 1 ? 'Somebody wrote this about picture ' + n : null);
const propsOf = (n) => ({
  src: 'https://pbs.twimg.com/media/' + keys[n % keys.length] + '?format=jpg&name=small',
  label: human(n) ?? 'Image',
  href: '/user' + n + '/status/' + (5000 + n) + '/photo/1',
  text: 'Post number ' + n,
});
function create() {
  const cell = document.createElement('div');
  cell.dataset.testid = 'cellInnerDiv';
  cell.innerHTML = '<article data-testid="tweet" role="article" tabindex="0"><div data-testid="User-Name">' +
    '<a href="/someone">Someone</a></div><div data-testid="tweetText" lang="en"></div><a role="link">' +
    '<div data-testid="tweetPhoto"><img draggable="true"></div></a></article>';
  return { cell, props: {} };
}
function fill(node, n) {
  const { cell, props } = node, next = propsOf(n);
  const photo = cell.querySelector('[data-testid=tweetPhoto]'), img = cell.querySelector('img');
  if (next.label !== props.label) { photo.setAttribute('aria-label', next.label); img.alt = next.label; }
  if (next.src !== props.src) img.src = next.src;
  cell.querySelector('a[role]').setAttribute('href', next.href);
  cell.querySelector('[data-testid=tweetText]').textContent = next.text;
  cell.style.transform = 'translateY(' + n * height + 'px)';
  cell.dataset.number = n;
  node.props = next;
}
function render() {
  const first = Math.max(0, Math.floor(scrollY / height) - 2);
  const last = Math.min(count - 1, Math.ceil((scrollY + innerHeight) / height) + 2);
  for (const [n, node] of mounted) {
    if (n >= first && n <= last) continue;
    mounted.delete(n);
    if (n % 2) spare.push(node); else node.cell.remove();
  }
  for (let n = first; n <= last; n++) {
    if (mounted.has(n)) continue;
    const node = spare.pop() ?? create();
    fill(node, n);
    if (!node.cell.isConnected) list.append(node.cell);
    mounted.set(n, node);
  }
  spare.splice(0).forEach(({ cell }) => cell.remove());
}
addEventListener('scroll', render);
render();
</script></body></html>"""
