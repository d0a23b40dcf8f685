"""A server in the Hugging Face hub's layout, with the faults that real networks have.

`/api/models/ID/revision/COMMIT` lists the files, `/ID/resolve/COMMIT/FILE` answers small ones and redirects
large ones (LFS) to a store by sha256 that understands Range, as the hub does.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LFS_FROM = 1024  # bytes: small enough that a tiny model has both kinds


@dataclass
class LocalHub:
    """What is served, and what goes wrong.

    Attributes:
        repositories: (id, commit) → file name → content.
        gated: ids that answer 401 to everyone.
        cut_after: close the line after so many bytes of a large file; None never.
        cuts: how many answers are cut, then the line is whole again.
        then_down: after the cuts, answer nothing at all instead.
        down: answer nothing at all: close every line.
        spoiled: file names whose bytes come wrong.
        hidden: files that are listed and answer 404.
        requests: method, path, Range and User-Agent of each request so far.
    """

    repositories: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    cut_after: int | None = None
    cuts: int = 10**9
    then_down: bool = False
    down: bool = False
    spoiled: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    requests: list[tuple[str, str, str, str]] = field(default_factory=list)
    address: str = ""
    store: str = ""

    @contextmanager
    def running(self) -> Iterator[LocalHub]:
        """Serve on a free port of the loopback interface."""
        hub = self

        class Handler(_Handler):
            served = hub

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.store = f"http://localhost:{server.server_port}"  # another host, as the hub's store is
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def ranges(self) -> list[str]:
        """Every Range that was asked for."""
        return [asked for _, _, asked, _ in self.requests if asked]


class _Handler(BaseHTTPRequestHandler):
    served: LocalHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub = self.served
        agent = self.headers.get("User-Agent", "")
        hub.requests.append((self.command, self.path, self.headers.get("Range", ""), agent))
        if hub.down:
            self.close_connection = True
            return
        path = self.path.partition("?")[0]
        listed = re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+?)(?:/revision/([\w.-]+))?", path)
        wanted = re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/([\w.-]+)/([\w.-]+)", path)
        stored = re.fullmatch(r"/store/(\w+)", path)
        if stored:
            self._store(stored[1])
        elif match := listed or wanted:
            self._repository(*match.groups())
        else:
            self._refuse(404, "EntryNotFound")

    do_HEAD = do_GET  # noqa: N815

    def _repository(self, name: str, revision: str | None, file: str | None = None) -> None:
        hub = self.served
        commit = next((c for n, c in hub.repositories if n == name and revision in (c, "main", None)), None)
        if name in hub.gated:
            self._refuse(401, "GatedRepo")
        elif commit is None:
            known = any(n == name for n, _ in hub.repositories)
            self._refuse(404, "RevisionNotFound" if known else "RepoNotFound")
        elif file is None:
            self._list(name, commit)
        elif file in hub.hidden or file not in hub.repositories[name, commit]:
            self._refuse(404, "EntryNotFound")
        else:
            self._resolve(hub.repositories[name, commit][file], commit)

    def _list(self, name: str, commit: str) -> None:
        files = self.served.repositories[name, commit]
        siblings = [_entry(file, content) for file, content in files.items()]
        answer = {"_id": "1", "id": name, "sha": commit, "siblings": siblings, "tags": []}
        self._answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _resolve(self, content: bytes, commit: str) -> None:
        digest = hashlib.sha256(content).hexdigest()
        headers = {"X-Repo-Commit": commit, "ETag": f'"{git_digest(content)}"'}
        if len(content) < _LFS_FROM:
            self._answer(200, content, headers)
            return
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        self._answer(302, b"", headers | {"Location": f"{self.served.store}/store/{digest}"})

    def _store(self, digest: str) -> None:
        name, content = next(
            (name, content)
            for files in self.served.repositories.values()
            for name, content in files.items()
            if hashlib.sha256(content).hexdigest() == digest
        )
        if name in self.served.spoiled:
            content = content[:-1] + bytes([content[-1] ^ 1])
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if asked else {}
        self._answer(206 if asked else 200, content[start:], span, self._cut(len(content) - start))

    def _cut(self, size: int) -> int | None:
        hub = self.served
        if hub.cut_after is None or size <= hub.cut_after:
            return None
        hub.cuts -= 1
        hub.down = hub.then_down and hub.cuts <= 0
        return hub.cut_after if hub.cuts >= 0 else None

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _answer(self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if cut is None else body[:cut])
        self.close_connection = cut is not None and cut < len(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


def git_digest(content: bytes) -> str:
    """The sha1 that git names a blob by."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _entry(name: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git_digest(content)}
    if len(content) >= _LFS_FROM:
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
    return entry
