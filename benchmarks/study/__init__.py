"""The study: does MCM-DPO write better alt text than SFT, DPO, mDPO and CHiP, and which of its parts matter?

`python -m study run` from this folder's parent does all of it and goes on where it stopped;
`python -m study report` turns what has been measured into `docs/study.md`.
"""
