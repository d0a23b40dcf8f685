"""`altd status`."""

from __future__ import annotations

from typing import Any

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
    quantization = "" if status["remote"] else status["quantization"]
    held = ", ".join(part for part in (quantization, status["device"]) if part)
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in status["feedback"].items())
    emit_pairs(
        {
            "status": status["status"] + (f" ({status['reason']})" if status["reason"] else ""),
            "address": client.info.url,
            "version": status["version"],
            "process": status["pid"],
            "running since": moment(status["started_at"]),
            "model": f"{status['model']} ({held})",
            "pictures": _whereabouts(status["remote"]),
            "waiting": _waiting(status),
            "memory": _memory(status["memory"]),
            "answers take": _latency(status["latency_ms"]),
            "generation": status["generation"],
            "feedback": verdicts or "none yet",
        }
    )


def _waiting(status: dict[str, Any]) -> str:
    lines = ", ".join(f"{count} {priority}" for priority, count in status["queue"].items() if count)
    return f"{status['waiting']}" + (f" ({lines})" if lines else "")


def _memory(memory: dict[str, int | None]) -> str:
    """Main memory in words; the model's process may have ended for want of work."""
    daemon, model = ((size or 0) // 2**20 for size in (memory["daemon_bytes"], memory["model_bytes"]))
    held = f"{model} MB" if model else "none until it is needed"
    return f"daemon {daemon} MB, model {held}"


def _latency(latency: dict[str, Any]) -> str:
    if not latency["count"]:
        return "not known yet"
    half, most = latency["p50"] / 1000, latency["p95"] / 1000
    return f"{half:.1f} seconds half of the time, at most {most:.1f} in 95 of 100"


def _whereabouts(remote: dict[str, Any] | None) -> str:
    """Where pictures go: who looks here must not have to guess."""
    if remote is None:
        return "stay on this machine, inside altd"
    away = "ANOTHER MACHINE" if remote["other_machine"] else "another program on this machine"
    sure = {"always low": "; confidence is always low, since it does not tell how sure it is"}
    return f"are sent to {away}, {remote['host']}{sure.get(remote['confidence'], '')}"
