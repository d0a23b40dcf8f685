"""The objects of the synthetic pictures: flat icons, each with a silhouette of its own."""

from altd_trainer.synthetic.objects import (
    animals,
    clothing,
    food,
    household,
    leisure,
    nature,
    tech,
    vehicles,
)
from altd_trainer.synthetic.objects.kinds import ObjectKind
from altd_trainer.synthetic.objects.pen import RGB, Box

__all__ = ["OBJECTS", "RGB", "Box", "ObjectKind"]

_GROUPS = (
    animals.ANIMALS,
    food.FOOD,
    vehicles.VEHICLES,
    nature.BUILDINGS,
    nature.NATURE,
    household.HOUSEHOLD,
    clothing.CLOTHING,
    leisure.SPORT,
    leisure.INSTRUMENTS,
    tech.TECH,
)

OBJECTS: dict[str, ObjectKind] = {name: kind for group in _GROUPS for name, kind in group.kinds.items()}
"""Every kind by its name, in a fixed order (seeded choices depend on it)."""
