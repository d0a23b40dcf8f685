"""The SQLite file with descriptions, verdicts and tokens, and the images that verdicts refer to."""
