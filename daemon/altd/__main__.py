"""`python -m altd`: the command line."""

from altd.cli import main

main()
