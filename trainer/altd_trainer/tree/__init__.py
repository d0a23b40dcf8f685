"""The combinations of an example as one computation in which common beginnings are run once."""

from altd_trainer.tree.layout import Branch, Score, TreeRow, grow
from altd_trainer.tree.mask import tree_mask, tree_window

__all__ = ["Branch", "Score", "TreeRow", "grow", "tree_mask", "tree_window"]
