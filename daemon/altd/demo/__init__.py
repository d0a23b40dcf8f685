"""The demo: two feeds served on this machine under the sites' own names, read through a real browser."""
