"""A judge in OpenAI's chat format: an HTTP server in a process of its own, which writes down its questions.

Run as a program: `python server.py LOG RULE [HOLD]`. It prints its port. RULE is `first`, `longer`, `shout`
(a correction), or a status (`401`, `429`, `once-503`: for the first question only). From question HOLD on it
is silent, until there is a file LOG.released. LOG gets a line for each answer: a hash of the question.
"""

import asyncio
import hashlib
import re
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

LOG, RULE, HOLD = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0
asked = 0


async def chat(request: web.Request) -> web.Response:
    """Answer by the rule."""
    global asked
    asked += 1
    body = await request.json()
    if RULE.isdigit() or (RULE == "once-503" and asked == 1):
        echo = {"error": {"message": f"bad key {request.headers['Authorization']}"}}
        return web.json_response(echo, status=int(RULE[-3:]), headers={"Retry-After": "0"})
    if HOLD and asked >= HOLD and not LOG.with_suffix(".released").exists():
        LOG.with_suffix(".held").touch()
        await asyncio.sleep(3600)
    content = body["messages"][0]["content"]
    with LOG.open("a") as file:
        file.write(hashlib.sha256(str(content).encode()).hexdigest() + "\n")
    message = {"role": "assistant", "content": answer(content)}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    reply: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
    return web.json_response(reply | {"choices": [choice]})


def answer(content: Any) -> str:
    """What the rule says."""
    text = content[0]["text"]
    if RULE == "shout":
        return re.findall(r"<text>\n(.*)\n</text>", text)[-1].upper()
    first, second = re.findall(r"^(?:First|Second): (.*)$", text, re.MULTILINE)
    return "first" if RULE == "first" or len(first) > len(second) else "second"


async def main() -> None:
    """Serve until the process ends."""
    application = web.Application(client_max_size=2**24)
    application.router.add_post("/v1/chat/completions", chat)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(main())
