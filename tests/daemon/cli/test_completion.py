"""The completion scripts, in the shells themselves where they are here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.cli.processes import altd


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_takes_its_script(shell: str, tmp_path: Path) -> None:
    outcome = altd("completion", shell)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"_ALTD_COMPLETE={shell}_complete" in outcome.out
    program = shutil.which(shell)
    if program is not None:
        script = tmp_path / "script"
        script.write_text(outcome.out)
        done = subprocess.run([program, "-n", script], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["altd", "pa"], {"pair"}),
        (["altd", "pair", ""], {"install", "uninstall", "list", "revoke"}),
        (["altd", "pair", "install", "ch"], {"chrome", "chromium"}),
        (["altd", "doctor", "--j"], {"--json"}),
    ],
)
def test_what_bash_offers(typed: list[str], offered: set[str], tmp_path: Path) -> None:
    """The function that the script registers is called as bash does at a tab."""
    (tmp_path / "altd").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m altd "$@"\n')
    (tmp_path / "altd").chmod(0o755)
    words = " ".join(f'"{word}"' for word in typed)
    program = f"""
        eval "$(altd completion bash)"
        complete -p altd >/dev/null || exit 9
        function=$(complete -p altd | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}
        "$function" altd "{typed[-1]}" "{typed[-2]}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=path, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == offered
