"""What differs between the families of vision-language models, and nothing else.

A family knows where its modules are, how a picture becomes tensors and placeholders, how pictures of
several sizes go into one batch, and where the tokens of a tree stand.
"""

from altd.models.processors import QwenImageProcessor, load_processor
from altd_trainer.families.family import Family, Vision, family_of, processor_family

__all__ = ["Family", "QwenImageProcessor", "Vision", "family_of", "load_processor", "processor_family"]
