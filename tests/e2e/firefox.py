"""Firefox ESR with the extension, driven through Marionette: there is no driver program to install."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of modules that it only uses for telephones
    from marionette_driver.addons import Addons
    from marionette_driver.by import By
    from marionette_driver.marionette import Marionette

EXTENSION = Path(__file__).parents[2] / "extension/.output/firefox-mv3"
_ADDON = "altd@altd.example"
_UUID = "5f0e9a34-7c0b-4a58-9d0e-0a1b2c3d4e5f"
_OWN = f"moz-extension://{_UUID}/"
_START_S = 120


def find_firefox() -> str | None:
    """The path of Firefox, None when there is none."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class FirefoxWindow:
    """One tab with a site, and one with the extension's own pages."""

    def __init__(self, client: Marionette) -> None:
        self._client = client
        self._own = ""
        self._site = ""

    async def open(self, url: str) -> None:
        await asyncio.to_thread(self._in_site, lambda: self._client.navigate(url))

    async def run(self, body: str, *values: Any) -> Any:
        return await asyncio.to_thread(
            self._in_site, lambda: self._client.execute_script(body, script_args=list(values))
        )

    async def name(self, selector: str, place: int = 0) -> str:
        def read() -> str:
            return str(self._client.find_elements(By.CSS_SELECTOR, selector)[place].computed_label)

        return str(await asyncio.to_thread(self._in_site, read))

    async def pair(self, code: str, port: int) -> None:
        """Press the button on the set-up page, as a person would; the page opens by itself."""

        def press() -> bool:
            if not self._client.find_element(By.ID, "port").get_property("value"):
                return False  # its script has not run yet: nobody would notice the button
            for field, value in (("code", code), ("port", str(port))):
                element = self._client.find_element(By.ID, field)
                element.clear()
                element.send_keys(value)
            self._client.find_element(By.CSS_SELECTOR, "#form button").click()
            return True

        await _until(self._has_found_own_page)
        await _until(press)
        await self._own_page_says("#status", "Paired")

    async def switch(self, on: bool) -> None:
        """The switch in the popup."""
        await self._set_checked("popup.html", "enabled", on)

    async def switch_learning_on(self) -> None:
        """The switch in the settings; before it nothing is stored."""
        await self._set_checked("options.html", "learning", on=True)

    async def kill_background(self) -> None:
        """End the event page, as Firefox does after half a minute."""
        script = (
            "return WebExtensionPolicy.getByID(arguments[0]).extension"
            ".terminateBackground({ ignoreDevToolsAttached: true })"
        )

        def kill() -> None:
            with self._client.using_context("chrome"):
                self._client.execute_script(script, script_args=[_ADDON])

        await asyncio.to_thread(kill)

    async def reload_extension(self) -> None:
        """As an update does: scripts in open pages end without a word, our own pages are closed."""
        script = (
            "const [id, done] = arguments;"
            "const { AddonManager } = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs');"
            "AddonManager.getAddonByID(id).then((addon) => addon.reload()).then(done)"
        )

        def reload() -> None:
            with self._client.using_context("chrome"):
                self._client.execute_async_script(script, script_args=[_ADDON])
            self._own = self._client.open(type="tab", focus=False)["handle"]
            self._client.switch_to_window(self._own)
            self._client.navigate(_OWN + "popup.html")

        await asyncio.to_thread(reload)

    async def _set_checked(self, page: str, box_id: str, on: bool) -> None:
        def go_there() -> None:
            self._client.switch_to_window(self._own)
            # the page before may be the same one, and must not be taken for the new one
            script = "document.body.remove(); location.href = arguments[0]"
            self._client.execute_script(script, script_args=[page])

        def is_as_wanted() -> bool:
            boxes = self._client.find_elements(By.ID, box_id)
            if not boxes or not boxes[0].is_enabled():  # it shows no setting yet
                return False
            if boxes[0].is_selected() != on:
                boxes[0].click()
            return bool(boxes[0].is_selected()) == on

        await asyncio.to_thread(go_there)
        await _until(is_as_wanted)

    def _in_site(self, action: Callable[[], Any]) -> Any:
        if not self._site:
            self._site = self._client.open(type="tab", focus=True)["handle"]
        if self._client.current_window_handle != self._site:
            self._client.switch_to_window(self._site)
        return action()

    def _has_found_own_page(self) -> bool:
        for handle in self._client.window_handles:
            self._client.switch_to_window(handle)
            if self._client.get_url().startswith(_OWN):
                self._own = handle
        return self._own != ""

    async def _own_page_says(self, selector: str, words: str) -> None:
        def says() -> bool:
            self._client.switch_to_window(self._own)
            return words in self._client.find_element(By.CSS_SELECTOR, selector).text

        await _until(says)


@asynccontextmanager
async def open_firefox(
    folder: Path, sites_port: int, environment: Mapping[str, str] | None = None
) -> AsyncIterator[FirefoxWindow]:
    """Firefox with a profile of its own, the extension, and every site of the tests, until the block ends.

    With a display in `environment` it has a window, otherwise none is shown.
    """
    async with _tunnel_to(sites_port) as proxy:
        running = _running_firefox(folder, proxy, environment)
        client = await asyncio.to_thread(running.__enter__)
        try:
            yield FirefoxWindow(client)
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)


@contextmanager
def _running_firefox(
    folder: Path, proxy_port: int, environment: Mapping[str, str] | None
) -> Iterator[Marionette]:
    port, profile = _free_port(), folder / "profile"
    profile.mkdir(parents=True)
    (profile / "user.js").write_text(_preferences(port, proxy_port))
    firefox = find_firefox()
    assert firefox is not None
    command = [firefox, "-no-remote", "-marionette", "-remote-allow-system-access", "-profile", str(profile)]
    if environment is None:
        command.append("-headless")
        environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(environment))
        client = Marionette(host="127.0.0.1", port=port, socket_timeout=_START_S, startup_timeout=_START_S)
        try:
            _wait_for_port(port)  # a connection that is refused leaves a socket open in the client
            client.start_session({"acceptInsecureCerts": True})
            Addons(client).install(str(EXTENSION), temp=True)
            yield client
        finally:
            client.delete_session()
            client.client = None  # or it connects once more when it is collected
            process.terminate()
            process.wait(30)


def _wait_for_port(port: int) -> None:
    ends_at = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert time.monotonic() < ends_at, "Firefox did not start"
            time.sleep(0.1)


def _preferences(marionette_port: int, proxy_port: int) -> str:
    values: dict[str, object] = {
        "marionette.port": marionette_port,
        # our own pages are found by a name that is random otherwise
        "extensions.webextensions.uuids": json.dumps({_ADDON: _UUID}),
        # every name leads to the copies of the sites; the loopback stays itself
        "network.proxy.type": 1,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy_port,
        "network.stricttransportsecurity.preloadlist": False,
        "app.update.enabled": False,
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.safebrowsing.phishing.enabled": False,
        "network.connectivity-service.enabled": False,
        "network.captive-portal-service.enabled": False,
    }
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in values.items())


@asynccontextmanager
async def _tunnel_to(port: int) -> AsyncIterator[int]:
    """A proxy whose every tunnel ends at one local port, whatever the name asked for."""
    tunnels: set[asyncio.Task[None]] = set()

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()

    async def dig(reader: asyncio.StreamReader, ends: list[asyncio.StreamWriter]) -> None:
        await reader.readuntil(b"\r\n\r\n")  # CONNECT, to whatever name
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        ends.append(inner_writer)
        ends[0].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, ends[0]))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends, own = [writer], asyncio.current_task()
        assert own is not None
        tunnels.add(own)
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                await dig(reader, ends)
        finally:  # both ends, however it ended: what is left open is found by a later test
            tunnels.discard(own)
            for end in ends:
                end.close()
            with suppress(OSError):
                await asyncio.gather(*(end.wait_closed() for end in ends))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        waiting = list(tunnels)
        for tunnel in waiting:
            tunnel.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until(condition: Callable[[], bool], patience_s: float = 60.0) -> None:
    for _ in range(round(patience_s / 0.3)):
        with suppress(Exception):  # the page may be on its way
            if await asyncio.to_thread(condition):
                return
        await asyncio.sleep(0.3)
    raise AssertionError("it did not happen")
