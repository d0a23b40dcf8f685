"""What the routes share for as long as the daemon runs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aiohttp import web

from altd.config import Settings
from altd.describe.service import DescriptionService
from altd.models.catalogue import Model
from altd.pairing.codes import PairingCodes
from altd.pairing.tokens import TokenBook
from altd.paths import Paths
from altd.server.desk import Desk
from altd.store.database import Database
from altd.store.images import ImageStore


@dataclass(slots=True)
class State:
    """The parts of a running daemon.

    Attributes:
        desk: the descriptions under way and the recent ones.
        switching: held while the active generation changes.
        started_at: seconds since 1970.
        born: the same moment on the clock that nobody sets.
    """

    paths: Paths
    settings: Settings
    model: Model
    service: DescriptionService
    database: Database
    images: ImageStore
    tokens: TokenBook
    codes: PairingCodes
    desk: Desk
    switching: asyncio.Lock = field(default_factory=asyncio.Lock)
    started_at: float = field(default_factory=time.time)
    born: float = field(default_factory=time.monotonic)


STATE = web.AppKey("state", State)


def state_of(request: web.Request) -> State:
    """Return the daemon's parts."""
    return request.app[STATE]
