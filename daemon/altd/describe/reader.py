"""The reader: the text that stands in a picture.

RapidOCR with the PP-OCRv6 models from inside its wheel (their paths are given outright, which skips its
download step). Detection sees the picture at 640 px and recognition cuts its lines out of a 960 px one:
of the six size pairs tried on 20 real posts this one read all 16 titles and was the fastest; larger
detection finds more noise and merges lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

MAX_SIDE = 960
DETECTION_SIDE = 640
MIN_SIDE = 480
"""Pictures smaller than this (site thumbnails) are doubled before reading."""

MIN_CONFIDENCE = 0.75
"""Real lines of the 20 posts scored 0.79 and more, patterns taken for text 0.71 and less."""

MAX_LINES = 60

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line of text; `box` is left, top, right, bottom in pixels of the picture given to `read`."""

    text: str
    confidence: float
    box: Box


class Reader:
    """Reads text; the models (31 MB) are loaded by the first `read`.

    Args:
        threads: how many threads onnxruntime may use.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._engine: Any = None

    def read(self, image: Image.Image) -> list[ReadLine]:
        """Return the lines in reading order: top to bottom, then left to right."""
        if self._engine is None:
            self._engine = _load(self._threads)
        scale = _scale(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))
        found = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]))  # OpenCV's order: blue first
        if found.txts is None:
            return []
        words = [
            ReadLine(text.strip(), float(score), _bounds(corners, scale))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
            if text.strip() and score >= MIN_CONFIDENCE
        ]
        return order_lines(words)[:MAX_LINES]


def order_lines(words: list[ReadLine]) -> list[ReadLine]:
    """Put boxes into reading order and join those that are words of one line.

    Boxes of like height whose middles lie level share a row; within a row, neighbours closer than their
    height are one line. Columns far apart stay separate lines.
    """
    rows: list[list[ReadLine]] = []
    for word in sorted(words, key=lambda word: (word.box[1] + word.box[3], word.box[0])):
        row = next((row for row in reversed(rows) if _same_row(row[0].box, word.box)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    rows.sort(key=lambda row: min((word.box[1], word.box[0]) for word in row))
    return [line for row in rows for line in _join(sorted(row, key=lambda word: word.box[0]))]


def _join(row: list[ReadLine]) -> list[ReadLine]:
    lines = row[:1]
    for word in row[1:]:
        last = lines[-1]
        gap = word.box[0] - last.box[2]
        if gap > max(_height(last.box), _height(word.box)):
            lines.append(word)
            continue
        box = (
            last.box[0],
            min(last.box[1], word.box[1]),
            max(last.box[2], word.box[2]),
            max(last.box[3], word.box[3]),
        )
        lines[-1] = ReadLine(f"{last.text} {word.text}", min(last.confidence, word.confidence), box)
    return lines


def _same_row(first: Box, second: Box) -> bool:
    small, large = sorted((_height(first), _height(second)))
    apart = abs(first[1] + first[3] - second[1] - second[3]) / 2  # between the middles
    return large <= 1.8 * small and apart <= 0.35 * small


def _height(box: Box) -> int:
    return max(1, box[3] - box[1])


def _scale(size: tuple[int, int]) -> float:
    long = max(size)
    return 2.0 if long < MIN_SIDE else min(1.0, MAX_SIDE / long)


def _bounds(corners: Any, scale: float) -> Box:
    points = np.asarray(corners) / scale  # (4, 2): the corners of a box that may be turned
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


def _load(threads: int) -> Any:
    import rapidocr  # imported late: it brings OpenCV and onnxruntime

    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,  # upside-down lines: a model more for a case that posts hardly have
            "Global.max_side_len": 2 * MAX_SIDE,
            "Global.text_score": MIN_CONFIDENCE,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE,
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
