"""Progress where there is no terminal: a line every tenth, of each part of a command."""

from io import StringIO

from altd.cli._progress import Progress


def test_every_part_counts_its_own_tenths() -> None:
    stream = StringIO()
    with Progress(stream) as progress:
        for name in ("drafting", "rehearsed"):
            progress.show({"event": name})
            for step in range(1, 31):
                progress.show({"event": "step", "step": step, "of": 30})
    lines = stream.getvalue().splitlines()
    assert lines.index("drafting") == 0
    part = lines[1 : lines.index("rehearsed")]
    assert part == lines[lines.index("rehearsed") + 1 :]
    assert len(part) == 11
    assert part[-1] == "step 30 of 30 (100%)"
