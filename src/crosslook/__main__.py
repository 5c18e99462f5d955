"""``python -m crosslook``."""

from crosslook.cli import main

main(prog_name="crosslook")
