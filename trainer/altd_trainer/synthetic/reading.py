"""What the reader would make of a drawn picture's text, without running it.

Training needs the reader's lines for tens of thousands of pictures. Drawn text is clean, so the lines are
the drawn ones with the few faults that the real reader makes; the answer quotes what was read.
"""

import random

from altd_trainer.synthetic.sample import Sample

_LOOKALIKE = {"O": "0", "o": "0", "l": "1", "I": "l", "S": "5", "B": "8", "g": "9", "rn": "m"}


def read_lines(sample: Sample, rng: random.Random) -> tuple[list[str], str]:
    """The lines as read, and the true alt text with its quotations as read."""
    lines, alt = [], sample.alt
    for line in sample.lines:
        seen = _misread(line, rng) if rng.random() < 0.04 else line
        if seen != line:
            alt = alt.replace(line, seen)
        lines.append(seen)
    if rng.random() < 0.04:
        lines.insert(rng.randint(0, len(lines)), rng.choice(["0", "o", "-", "V", "8", "O O", "II", "A"]))
    return lines, alt


def _misread(line: str, rng: random.Random) -> str:
    spots = [char for char in line if char in _LOOKALIKE]
    if spots and rng.random() < 0.6:
        wrong = rng.choice(spots)
        return line.replace(wrong, _LOOKALIKE[wrong], 1)
    space = line.rfind(" ")
    return line[:space] + line[space + 1 :] if space > 0 else line
