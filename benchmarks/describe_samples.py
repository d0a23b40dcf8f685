"""Describe a folder of real posts with `altd describe --json` and print what came of each.

    python benchmarks/describe_samples.py ../shared/samples

The folder holds `*_train.json` in the released schema and `images/`. Nothing of it is stored. Start a
daemon first (`altd start`), or every picture loads the model anew.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from altd_trainer.data.files import read_examples
from altd_trainer.data.preferences import PreferenceExample


def describe(example: PreferenceExample) -> dict[str, Any]:
    """The command's result, with the seconds it took."""
    context = ["--context", example.context.text, "--site", example.context.site]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "altd", "describe", str(example.image), "--json", *context],
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(done.stdout), "seconds": time.perf_counter() - start}


def main(folder: Path) -> None:
    """Describe every post of the folder."""
    times = []
    for file in sorted(folder.glob("*_train.json")):
        for example in read_examples(file, folder / "images"):
            result = describe(example)
            times.append(result["seconds"])
            lines = " | ".join(result["text_in_image"].splitlines())[:100]
            print(f"{example.id}: {result['state']}, {result['confidence']}, {result['seconds']:.2f} s")
            print(f"  text: {result['text']!r}\n  read: {lines!r}")
    print(f"{len(times)} pictures, median {statistics.median(times):.2f} s, longest {max(times):.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
