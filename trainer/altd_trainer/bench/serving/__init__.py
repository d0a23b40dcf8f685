"""How fast the daemon serves, and how much memory it takes (`altd bench serve`)."""
