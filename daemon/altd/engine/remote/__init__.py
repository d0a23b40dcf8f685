"""A model behind somebody else's OpenAI-compatible server: where it is, how it is asked, is it there."""
