"""Bringing posts of other forms into ours: who wrote an alt text for which picture of which post."""

from altd_trainer.data.importing.choice import EXAMPLES, FORMS, form_of, import_posts
from altd_trainer.data.importing.posts import ImportReport, Post

__all__ = ["EXAMPLES", "FORMS", "ImportReport", "Post", "form_of", "import_posts"]
