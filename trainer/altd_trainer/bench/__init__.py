"""How long a training step takes and how much memory, ours and others' side by side (`altd bench train`)."""
