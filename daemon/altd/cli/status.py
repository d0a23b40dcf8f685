"""`altd status`."""

from __future__ import annotations

import click

from altd.cli._client import find_client
from altd.cli._output import emit_json, emit_pairs, json_option, moment
from altd.errors import AltdError
from altd.paths import Paths


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Say what runs; ends with 3 when nothing does."""
    client = find_client(Paths.default())
    if client is None:
        if as_json:
            emit_json({"running": False})
        raise AltdError("not_running")
    status = client.call("GET", "/v1/status")
    if as_json:
        emit_json({"running": True, "url": client.info.url, **status})
        return
    held = ", ".join(part for part in (status["quantization"], status["device"]) if part)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in status["feedback"].items())
    emit_pairs(
        {
            "status": status["status"] + (f" ({status['reason']})" if status["reason"] else ""),
            "address": client.info.url,
            "version": status["version"],
            "process": status["pid"],
            "running since": moment(status["started_at"]),
            "model": f"{status['model']} ({held})",
            "waiting": status["waiting"],
            "generation": status["generation"],
            "feedback": verdicts or "none yet",
        }
    )
