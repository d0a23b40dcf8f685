"""The sites of the demo: one HTTPS server on the loopback interface that answers for four host names."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trustme
from aiohttp import web

from altd.demo.feed import HOSTS, PINTEREST_HOST, X_HOST, Post, pinterest_page, x_page


@asynccontextmanager
async def serve_sites(posts: list[Post], pages: Mapping[str, str] | None = None) -> AsyncIterator[int]:
    """Serve the two pages and their pictures while the block runs; yields the port.

    `pages` are further ones, by address without `https://`.
    """
    app = web.Application()
    app[_POSTS] = posts
    app[_PAGES] = {X_HOST + "/": x_page(posts), PINTEREST_HOST + "/": pinterest_page(posts), **(pages or {})}
    app.router.add_get("/{path:.*}", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*HOSTS).configure_cert(context)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    try:
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def resolver_rules(port: int) -> str:
    """Chromium's rules that send the four names to this server, and every other name nowhere."""
    mapped = [f"MAP {host}:443 127.0.0.1:{port}" for host in HOSTS]
    return ", ".join([*mapped, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"])


_POSTS = web.AppKey("posts", list[Post])
_PAGES = web.AppKey("pages", dict[str, str])


async def _answer(request: web.Request) -> web.StreamResponse:
    page = request.app[_PAGES].get(request.host + request.path)
    if page is not None:
        return web.Response(text=page, content_type="text/html")
    wanted = Path(request.path).stem
    for post in request.app[_POSTS]:
        if post.key == wanted:
            return web.FileResponse(post.file)
    raise web.HTTPNotFound
