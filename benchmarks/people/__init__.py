"""Simulated people with stated tastes and habits, who drive the real HTTP interface."""

from people.habits import CAREFUL, CARELESS, USUAL, Habits
from people.person import Person, describe, is_true, jpeg, pictures
from people.tastes import TASTES, Taste

__all__ = [
    "CAREFUL",
    "CARELESS",
    "TASTES",
    "USUAL",
    "Habits",
    "Person",
    "Taste",
    "describe",
    "is_true",
    "jpeg",
    "pictures",
]
