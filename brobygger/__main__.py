"""`python -m brobygger` is `brobygger`."""

from brobygger.cli import main

main()
