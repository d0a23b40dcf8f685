"""Runs a command again and again, each time killed one step later, until it gets to its end.

    python steps.py COMMAND HOME WORK [FIRST [EVERY]]

A step is a change to a file below the home: opening one for writing, syncing, renaming, deleting, making or
removing a folder, changing a mode, and a statement to SQLite that is no query. The process sends itself
SIGKILL just before the step; of a file that is opened for writing it also does so just behind, when the file
is there and empty. What libraries write without Python, such as the weights, is whole or not there.

Every round has a copy of the home: `WORK/N` is how the kill at step N left it, and `WORK/N-next` the same
after the next command. The last line on stdout says how many steps there are. Rounds are forks
of one process that has imported everything, so that a round takes as long as its work.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.link")


class Steps:
    """Counts the changes below a home and ends this process at one of them.

    Args:
        last: the step to die at.
    """

    def __init__(self, home: Path, last: int) -> None:
        self.home, self.last, self.taken = f"{home}{os.sep}", last, 0

    def arm(self) -> None:
        """Count from now on; for the rest of the process."""
        sys.addaudithook(self._look)
        synced = os.fsync

        def fsync(descriptor: int) -> None:
            self._step(f"/proc/self/fd/{descriptor}")
            synced(descriptor)

        steps, connect = self, sqlite3.connect

        class Counted(sqlite3.Connection):
            def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
                if not sql.lstrip().upper().startswith("SELECT"):
                    steps._step(steps.home)
                return super().execute(sql, *arguments)

        os.fsync = fsync
        sqlite3.connect = lambda *given, **named: connect(*given, factory=Counted, **named)  # type: ignore[assignment, call-overload]

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | os.PathLike) and arguments[2] & _WRITING:
            self._step(arguments[0])
            if arguments[2] & os.O_TRUNC or not os.path.exists(arguments[0]):  # noqa: PTH110
                self._step(arguments[0], behind=True)
        elif event in _CHANGES:
            folder = next((each for each in arguments[1:] if isinstance(each, int) and each > 2), None)
            prefix = f"/proc/self/fd/{folder}/" if event in ("os.remove", "os.rmdir") and folder else ""
            where = arguments[0]
            self._step(f"/proc/self/fd/{where}" if isinstance(where, int) else f"{prefix}{os.fspath(where)}")

    def _step(self, path: str | os.PathLike[str], *, behind: bool = False) -> None:
        path = Path(path)
        behind_a_number = path.parent.name == "fd" and path.is_symlink()
        real = path.resolve() if behind_a_number else path.parent.resolve() / path.name
        if not f"{real}{os.sep}".startswith(self.home):
            return
        self.taken += 1
        if self.taken == self.last:
            self.last = 0  # what follows is no step
            if behind:
                real.write_bytes(b"")
            os.kill(os.getpid(), signal.SIGKILL)


def _altd(*arguments: str) -> None:
    from altd.cli._root import root

    root.main(list(arguments), standalone_mode=False)


def _retrain(learning_rate: float) -> None:
    """What `altd retrain` does, in one process: train, judge, install, choose."""
    from altd.cli.models import switch
    from altd.models.generations import active_generation
    from altd.paths import Paths
    from altd_trainer.retrain import RetrainOptions, retrain

    options = RetrainOptions(
        steps=12,
        learning_rate=learning_rate,
        drafts=1,
        draft_steps=1,
        rehearsed_pictures=1,
        hold=0,
        base_pictures=34,
        watched_pictures=1,
    )
    paths = Paths.default()
    active = active_generation(paths)
    outcome = retrain(paths, options, lambda event: None)
    print(outcome["gate"]["reason"], file=sys.stderr)
    if outcome["generation"]:
        switch(paths, outcome["generation"], active)


COMMANDS: Mapping[str, tuple[Callable[[], None], Callable[[], None]]] = {
    "purge": (lambda: _altd("feedback", "purge", "--post", "f1", "--yes"), lambda: _altd("feedback", "list")),
    "use": (lambda: _altd("models", "use", "g0002"), lambda: _altd("models", "use", "g0002")),
    "retrain": (lambda: _retrain(0.01),) * 2,
    "retrain in vain": (lambda: _retrain(1e-12),) * 2,
}
"""By name, what is killed and what is run next on what that left."""


def _import(command: str) -> None:
    """Everything that the command needs, once for all rounds."""
    import altd.cli.feedback
    import altd.cli.models  # noqa: F401

    if command.startswith("retrain"):
        import altd_trainer.retrain.run
        import altd_trainer.trainer  # noqa: F401


def _in_a_fork(command: Callable[[], None], home: Path, last: int = 0) -> bool:
    """Run a command in a process of its own; whether it got to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.environ["ALTD_HOME"] = str(home)
            Steps(home, last).arm()
            command()
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if status:
        raise SystemExit(f"it failed in {home}")
    return True


def main(command: str, home: Path, work: Path, first: int = 1, every: int = 1) -> None:
    """Kill at step `first`, then `every` so many steps later, until the command ends by itself."""
    _import(command)
    killed, following = COMMANDS[command]
    number = first
    while True:
        shutil.copytree(home, work / str(number))
        if _in_a_fork(killed, work / str(number), number):
            break
        shutil.copytree(work / str(number), work / f"{number}-next")
        _in_a_fork(following, work / f"{number}-next")
        number += every
    print(number)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve(), *map(int, sys.argv[4:]))
