"""The picture as a site would hand it out."""

import io
import random

from PIL import Image


def as_posted(image: Image.Image, rng: random.Random) -> Image.Image:
    """Smaller at times, and compressed: what training has to see because use will."""
    if rng.random() < 0.4:
        scale = rng.uniform(0.5, 0.95)
        image = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BILINEAR)
    if rng.random() < 0.5:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=rng.randint(45, 95))
        image = Image.open(buffer).convert("RGB")
    return image
