"""Pulling from a server in the hub's layout, with the real client, through everything that goes wrong."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from altd.errors import AltdError
from altd.models.hub import HubFile
from altd.models.known import KNOWN
from altd.models.lock import LOCK, Lock, verify
from altd.models.pull import pull, remove
from altd.paths import Paths
from disks import small_disk
from local_hub import LocalHub, git_digest

MODEL = KNOWN["smolvlm2-256m"]
COMMIT = str(MODEL.revision)
WEIGHTS = os.urandom(3 * 2**20)
FILES = {
    "config.json": b'{"model_type": "smolvlm"}',
    "tokenizer.json": b"[]" * 2000,
    "model.safetensors": WEIGHTS,
    "README.md": b"---\nlicense: apache-2.0\n---",
    "modeling_own.py": b"import os",
    "pytorch_model.bin": b"\x80\x04pickle",
    ".gitattributes": b"* text",
}
TAKEN = {"config.json", "tokenizer.json", "model.safetensors", "README.md"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    """The hub of this test, found by the client in this process and in commands."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)  # the trainer, once imported, sets it
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client waits a second before each retry
    with LocalHub({(MODEL.hub_id, COMMIT): dict(FILES)}).running() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        constants = pytest.importorskip("huggingface_hub.constants")
        template = running.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
        yield running


@pytest.fixture
def paths() -> Paths:
    return Paths.default()


def fails(paths: Paths, code: str) -> AltdError:
    """Pull, which must fail with that code and install nothing."""
    with pytest.raises(AltdError) as caught:
        pull(MODEL, paths, lambda _: None)
    assert caught.value.code == code
    assert not (paths.models_dir / MODEL.name).exists()
    return caught.value


def part(paths: Paths) -> Path:
    return paths.models_dir / f".{MODEL.name}.{COMMIT[:12]}.staging" / "model.safetensors.part"


def test_what_is_taken_and_what_is_told(hub: LocalHub, paths: Paths) -> None:
    events: list[dict[str, Any]] = []
    directory = pull(MODEL, paths, events.append)
    assert {path.name for path in directory.iterdir()} == TAKEN | {LOCK}
    assert (directory / "model.safetensors").read_bytes() == WEIGHTS
    lock = verify(directory)
    assert (lock.revision, lock.hub_id, lock.licence) == (COMMIT, MODEL.hub_id, "Apache-2.0")
    assert lock.files == {name: hashlib.sha256(FILES[name]).hexdigest() for name in TAKEN}
    total = sum(len(FILES[name]) for name in TAKEN)
    assert events[0] | {"files": len(TAKEN), "bytes": total, "have_bytes": 0} == events[0]
    assert [event["done"] for event in events if event["event"] == "progress"][-1] == total
    assert events[-1] | {"event": "done", "directory": str(directory)} == events[-1]
    assert not any("resolve" in path and "own.py" in path for _, path, _, _ in hub.requests)


def test_nobody_learns_more_of_this_machine_than_versions(hub: LocalHub, paths: Paths) -> None:
    pull(MODEL, paths, lambda _: None)
    agents = {agent.split("; ")[0].partition("/")[0] for *_, agent in hub.requests}
    assert agents == {"altd"}
    assert not any("torch" in agent or "agent/" in agent for *_, agent in hub.requests)
    assert {path.split("/")[1] for _, path, *_ in hub.requests} == {"api", "HuggingFaceTB", "store"}


def test_a_second_pull_asks_nobody(hub: LocalHub, paths: Paths) -> None:
    pull(MODEL, paths, lambda _: None)
    hub.requests.clear()
    hub.down = True
    pull(MODEL, paths, lambda _: None)
    assert hub.requests == []


def test_a_line_that_breaks_now_and_then_is_taken_up_again(hub: LocalHub, paths: Paths) -> None:
    hub.cut_after, hub.cuts = 2**20, 2
    verify(pull(MODEL, paths, lambda _: None))
    assert len(hub.ranges()) >= 2
    assert sum(path.startswith("/store/") for _, path, *_ in hub.requests) >= 3


def test_a_broken_pull_goes_on_where_it_stopped(hub: LocalHub, paths: Paths) -> None:
    hub.cut_after, hub.cuts, hub.then_down = 2**20, 1, True
    fails(paths, "hub_unreachable")
    have = part(paths).stat().st_size
    assert 0 < have < len(WEIGHTS)
    hub.requests.clear()
    hub.down = hub.then_down = False
    events: list[dict[str, Any]] = []
    verify(pull(MODEL, paths, events.append))
    assert f"bytes={have}-" in hub.ranges()
    assert events[0]["have_bytes"] >= have
    assert not any("README" in path for _, path, *_ in hub.requests)  # what was whole is not fetched again


def test_a_hub_that_is_gone(hub: LocalHub, paths: Paths) -> None:
    hub.down = True
    assert "goes on where it stopped" in fails(paths, "hub_unreachable").message


def test_a_wrong_checksum(hub: LocalHub, paths: Paths) -> None:
    hub.spoiled = {"model.safetensors"}
    assert "model.safetensors" in fails(paths, "model_corrupt").message
    assert not part(paths).exists()
    hub.spoiled = set()
    verify(pull(MODEL, paths, lambda _: None))


def test_a_small_file_with_a_wrong_checksum(hub: LocalHub, paths: Paths, tmp_path: Path) -> None:
    content = tmp_path / "config.json"
    content.write_bytes(FILES["config.json"])
    good = HubFile("config.json", len(FILES["config.json"]), git_digest(FILES["config.json"]))
    assert good.matches(content)
    assert not replace(good, digest=git_digest(b"other")).matches(content)
    assert not replace(good, size=3).matches(content)


def test_a_file_that_is_listed_and_missing(hub: LocalHub, paths: Paths) -> None:
    hub.hidden = {"tokenizer.json"}
    assert "tokenizer.json" in fails(paths, "model_incomplete").message


def test_a_shard_that_the_index_wants_and_nobody_lists(hub: LocalHub, paths: Paths) -> None:
    index = (
        b'{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}'
    )
    files = {
        "config.json": b"{}",
        "model.safetensors.index.json": index,
        "model-00001-of-00002.safetensors": WEIGHTS,
    }
    hub.repositories[MODEL.hub_id, COMMIT] = files
    assert "model-00002-of-00002.safetensors" in fails(paths, "model_incomplete").message
    assert not any("/store/" in path for _, path, *_ in hub.requests)  # found out before the gigabytes


@pytest.mark.parametrize("gone", ["config.json", "model.safetensors"])
def test_no_safetensors_or_no_configuration(gone: str, hub: LocalHub, paths: Paths) -> None:
    del hub.repositories[MODEL.hub_id, COMMIT][gone]
    fails(paths, "model_incomplete")


def test_a_model_that_brings_code(hub: LocalHub, paths: Paths) -> None:
    hub.repositories[MODEL.hub_id, COMMIT]["config.json"] = b'{"auto_map": {"AutoModel": "own.Model"}}'
    fails(paths, "model_unsafe")


def test_gated(hub: LocalHub, paths: Paths) -> None:
    hub.gated = {MODEL.hub_id}
    message = fails(paths, "model_gated").message
    assert f"https://huggingface.co/{MODEL.hub_id}" in message
    assert "hf auth login" in message


def test_a_commit_that_is_not_there(hub: LocalHub, paths: Paths) -> None:
    hub.repositories[MODEL.hub_id, "0" * 40] = hub.repositories.pop((MODEL.hub_id, COMMIT))
    fails(paths, "model_incomplete")


def test_without_a_pin_the_first_pull_makes_one(hub: LocalHub, paths: Paths) -> None:
    open_model = replace(MODEL, revision=None)
    lock = Lock.read(pull(open_model, paths, lambda _: None))
    assert lock is not None
    assert lock.revision == COMMIT
    hub.requests.clear()
    pull(open_model, paths, lambda _: None)
    assert hub.requests == []


def test_a_new_pin_replaces_the_old_model(hub: LocalHub, paths: Paths) -> None:
    pull(MODEL, paths, lambda _: None)
    newer = "1" * 40
    hub.repositories[MODEL.hub_id, newer] = FILES | {"README.md": b"newer"}
    directory = pull(replace(MODEL, revision=newer), paths, lambda _: None)
    assert verify(directory).revision == newer
    assert (directory / "README.md").read_bytes() == b"newer"
    assert [path.name for path in paths.models_dir.iterdir()] == [MODEL.name]


def test_offline_with_a_whole_copy_in_the_users_own_cache(hub: LocalHub, paths: Paths) -> None:
    fill_cache(hub, set(FILES))
    hub.requests.clear()
    hub.down = True
    verify(pull(MODEL, paths, lambda _: None))
    assert hub.requests == []


def test_offline_with_a_part_of_it(hub: LocalHub, paths: Paths) -> None:
    fill_cache(hub, {"config.json"})
    hub.down = True
    fails(paths, "hub_unreachable")


def fill_cache(hub: LocalHub, names: set[str]) -> None:
    """Fetch files as other programs do."""
    from huggingface_hub import hf_hub_download

    for name in names:
        hf_hub_download(MODEL.hub_id, name, revision=COMMIT, endpoint=hub.address)


def test_a_disk_that_is_too_small_is_found_out_first(
    hub: LocalHub, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: NearlyFull)
    assert "3 MB" in fails(paths, "disk_full").message
    assert not any("/store/" in path for _, path, *_ in hub.requests)


class NearlyFull:
    """What the system says of a disk."""

    free = 2**20


def test_a_disk_that_fills_up_on_the_way(hub: LocalHub, paths: Paths) -> None:
    """The system's own limit on a file's size stands in for the full disk: a write fails in the middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))
    try:
        fails(paths, "disk_full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert part(paths).stat().st_size <= 2**20
    verify(pull(MODEL, paths, lambda _: None))
    assert hub.ranges()


def test_a_small_disk_for_real(hub: LocalHub, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2) as disk:
        fails(Paths.under(disk / "home"), "disk_full")


def test_one_pull_at_a_time(hub: LocalHub, paths: Paths) -> None:
    codes = []

    def pull_beside(event: dict[str, Any]) -> None:
        if event["event"] == "plan":
            with pytest.raises(AltdError) as caught:
                pull(MODEL, paths, lambda _: None)
            codes.append(caught.value.code)

    pull(MODEL, paths, pull_beside)
    assert codes == ["pull_running"]


def test_what_is_pulled_is_private(hub: LocalHub, paths: Paths) -> None:
    directory = pull(MODEL, paths, lambda _: None)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


def test_removing(hub: LocalHub, paths: Paths) -> None:
    pull(MODEL, paths, lambda _: None)
    assert remove(MODEL, paths) > len(WEIGHTS)
    assert list(paths.models_dir.iterdir()) == []
    with pytest.raises(AltdError) as caught:
        remove(MODEL, paths)
    assert caught.value.code == "model_missing"


def test_damage_is_found(hub: LocalHub, paths: Paths) -> None:
    directory = pull(MODEL, paths, lambda _: None)
    (directory / "tokenizer.json").write_bytes(b"[]")
    with pytest.raises(AltdError) as caught:
        verify(directory)
    assert caught.value.code == "model_damaged"
    assert "tokenizer.json" in caught.value.message


def test_the_command(hub: LocalHub, paths: Paths) -> None:
    """In a process of its own, killed in the middle, and once more."""
    command = [sys.executable, "-W", "error", "-m", "altd", "models", "pull", MODEL.name, "--json"]
    hub.cut_after = 2**19
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert any('"progress"' in line for line in first.stdout)
    first.kill()
    first.wait()
    first.stdout.close()
    hub.cut_after = None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"done"' in done.stdout.splitlines()[-1]
    verify(paths.models_dir / MODEL.name)
