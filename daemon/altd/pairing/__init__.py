"""How a browser extension gets its token: one-time codes, tokens, the command line's own token."""
