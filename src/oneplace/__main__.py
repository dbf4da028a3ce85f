"""`python -m oneplace`."""

from oneplace.cli import main

main()
