"""`altd describe`."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from altd.cli._client import Client, find_client
from altd.cli._output import emit, emit_json, json_option, note
from altd.errors import AltdError
from altd.paths import Paths


@click.command()
@click.argument("image", type=click.File("rb"))
@click.option("--context", "text", default="", help="Text of the post the image stands in.")
@click.option("--author", default="", help="Who wrote the post.")
@click.option("--quoted", default="", help="Text of a post that it quotes.")
@click.option("--title", default="", help="Title of the pin or page.")
@click.option("--site", default="", help="Site the post is on.")
@click.option("--language", default="en", show_default=True, help="Language of the description.")
@click.option(
    "--detail",
    type=click.Choice(["alt", "long", "text"]),
    default="alt",
    show_default=True,
    help="How much to say.",
)
@json_option
def command(image: Any, language: str, detail: str, as_json: bool, **context: str) -> None:
    """Describe one image file (`-` reads it from standard input).

    Asks the running daemon; without one, the model is loaded for this one image.
    """
    data: bytes = image.read()
    if not data:
        raise AltdError("image_missing", "The file is empty; name one that holds an image.")
    request = {"context": context, "language": language, "detail": detail, "priority": "focused"}
    paths = Paths.default()
    client = find_client(paths)
    result = _ask(client, data, request) if client else asyncio.run(_describe_here(paths, data, request))
    if as_json:
        emit_json(result)
    elif result["text"]:
        emit(result["text"])
        if result["confidence"] == "low":
            note("The model is not sure.")
    else:
        note("The model cannot say what this image shows.")


def _ask(client: Client, image: bytes, request: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = client.submit(image, request)
    while result["state"] in ("queued", "running"):
        result = client.call("GET", f"/v1/descriptions/{result['id']}?wait=20")
    return result


async def _describe_here(paths: Paths, image: bytes, request: dict[str, Any]) -> dict[str, Any]:
    """Run the describing service inside this process, without a server, a store or a token."""
    from altd.config import Settings
    from altd.models.catalogue import find_model
    from altd.models.generations import active_generation, ensure_generations
    from altd.server.instance import sole_instance
    from altd.server.routes.descriptions import finished, request_of
    from altd.server.schemas import DescriptionBody
    from altd.server.serving import build_service

    settings = Settings.load(paths.config_file)
    model = find_model(settings.model, paths)
    paths.ensure()
    if active_generation(paths) is None:
        with sole_instance(paths):
            ensure_generations(paths, model)
    service = build_service(paths, settings, model)
    await service.start()
    try:
        job = service.submit(image, request_of(DescriptionBody.model_validate(request)))
        await job.wait()
    finally:
        await service.close()
    if job.result is None:
        raise job.error or AltdError("engine_failed")
    return finished(job.result, None).model_dump()
