"""Cleaning of posts: what is mended, what is turned away, and how many of each."""

from altd_trainer.data.cleaning.pipeline import Cleaner, CleaningOptions, clean_file, write_report
from altd_trainer.data.cleaning.report import CleaningReport

__all__ = ["Cleaner", "CleaningOptions", "CleaningReport", "clean_file", "write_report"]
