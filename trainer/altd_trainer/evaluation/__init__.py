"""How good a model's texts are, on any set of pictures: figures, a results file, a report to read.

The names below are imported when they are first asked for: the command line lists its commands without
waiting for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from altd_trainer.evaluation.items import Item, open_items
    from altd_trainer.evaluation.measures import measure
    from altd_trainer.evaluation.reading import ask
    from altd_trainer.evaluation.run import EvaluationRequest, evaluate

__all__ = ["EvaluationRequest", "Item", "ask", "evaluate", "measure", "open_items"]

_HOMES = {
    "EvaluationRequest": "run",
    "Item": "items",
    "ask": "reading",
    "evaluate": "run",
    "measure": "measures",
    "open_items": "items",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
