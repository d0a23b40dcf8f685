"""Pulling a model, as `altd models pull` and the first `altd start` do it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from altd.cli._output import emit_json_line, note
from altd.cli._progress import Progress
from altd.models.known import Known
from altd.models.memory import gb
from altd.models.pull import pull
from altd.paths import Paths


def pull_telling(model: Known, paths: Paths, *, as_json: bool = False) -> None:
    """Pull a model and say on stderr how far it is; with `as_json`, the events go to stdout, one a line.

    Raises:
        AltdError: as `altd.models.pull.pull`.
    """
    if as_json:
        pull(model, paths, emit_json_line)
        return
    with Progress(sys.stderr) as progress:

        def tell(event: Mapping[str, Any]) -> None:
            if event["event"] == "plan":
                note(_plan(event))
            elif event["event"] == "progress":
                progress.show(event)

        pull(model, paths, tell)


def _plan(event: Mapping[str, Any]) -> str:
    had = f", {gb(event['have_bytes'])} of it is here already" if event["have_bytes"] else ""
    return (
        f"{event['model']}: {event['files']} files, {gb(event['bytes'])}{had}. "
        f"{event['hub_id']} at commit {event['revision'][:12]}, licence {event['licence']}."
    )
