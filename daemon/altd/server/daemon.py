"""The daemon's life: lock, socket, parts, and an orderly end on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from altd import __version__
from altd.config import Settings
from altd.errors import AltdError
from altd.models.catalogue import find_model
from altd.models.generations import ensure_generations
from altd.pairing.codes import PairingCodes
from altd.pairing.tokens import TokenBook
from altd.paths import Paths, write_private
from altd.server.app import build_app
from altd.server.desk import Desk
from altd.server.instance import Info, sole_instance
from altd.server.logs import log_to
from altd.server.purge import finish_purge
from altd.server.serving import build_service
from altd.server.state import State
from altd.store import queries
from altd.store.database import Database
from altd.store.images import ImageStore

LOOPBACK = "127.0.0.1"
_log = logging.getLogger(__name__)

_KEEP_UNJUDGED_S = 7 * 24 * 3600.0
_GRACE_S = 5.0


def run_daemon(paths: Paths, settings: Settings, announce: Callable[[Info], None]) -> None:
    """Serve until told to stop.

    Args:
        announce: called once `/health` answers.

    Raises:
        AltdError: `already_running`, `port_in_use`, `config_invalid`, `store_too_new`.
    """
    os.umask(0o077)
    paths.ensure()
    with sole_instance(paths), bind(settings.port) as listener:
        handler = log_to(paths.log_file, settings.log_level)
        try:
            asyncio.run(_serve(paths, settings, listener, announce))
        finally:
            logging.getLogger().removeHandler(handler)
            handler.close()


def bind(port: int) -> socket.socket:
    """Return a listening socket on the loopback interface, and only there.

    Raises:
        AltdError: `port_in_use`.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows this option would let two programs share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise AltdError(
            "port_in_use", f"Port {port} is taken by another program; choose one with `altd start --port`."
        ) from None
    return listener


@asynccontextmanager
async def running_state(paths: Paths, settings: Settings) -> AsyncIterator[State]:
    """Give the parts of a daemon, the service started; closes them in reverse order.

    Call it while holding the lock (`sole_instance`).
    """
    model = find_model(settings.model, paths)
    ensure_generations(paths, model)
    secret = secrets.token_urlsafe(32)
    async with AsyncExitStack() as stack:
        database = stack.enter_context(Database(paths.database, paths.backups_dir))
        before = time.time() - _KEEP_UNJUDGED_S
        await database.awrite(lambda connection: queries.forget_descriptions(connection, before))
        images = ImageStore(paths.images_dir, settings.images_quota_mb * 2**20)
        finish_purge(paths, database)
        images.sweep(database.read(queries.images_in_evidence))
        service = build_service(paths, settings, model)
        desk = Desk(service, database, images)
        stack.push_async_callback(desk.close)
        stack.push_async_callback(service.close)
        await service.start()
        write_private(paths.token_file, secret.encode())
        stack.callback(paths.token_file.unlink, missing_ok=True)
        yield State(
            paths,
            settings,
            model,
            service,
            database,
            images,
            TokenBook(database, secret),
            PairingCodes(),
            desk,
        )


async def _serve(
    paths: Paths, settings: Settings, listener: socket.socket, announce: Callable[[Info], None]
) -> None:
    stop = _stop_signal()
    async with running_state(paths, settings) as state:
        runner = web.AppRunner(build_app(state), access_log=None, shutdown_timeout=_GRACE_S)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            info = Info(os.getpid(), listener.getsockname()[1], __version__, state.started_at)
            info.write(paths)
            _log.info("altd %s serves %s on port %d", __version__, state.model.name, info.port)
            announce(info)
            await stop.wait()
            _log.info("stopping")
        finally:
            paths.info_file.unlink(missing_ok=True)
            await runner.cleanup()


def _stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: the loop takes no handlers, the interpreter does
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop
