"""``python -m console.cli`` is ``xiansuo``."""

from console.cli import main

main()
