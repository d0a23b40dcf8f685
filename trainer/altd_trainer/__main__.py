"""`python -m altd_trainer`: how the `altd` command starts training."""

from altd_trainer.cli import main

if __name__ == "__main__":
    main()
