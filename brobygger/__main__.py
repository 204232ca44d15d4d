"""The command ``brobygger``, and ``python -m brobygger``."""

import gc


def main() -> None:
    """Looking for garbage while a thousand modules are imported takes a tenth of the time, and finds nothing."""
    gc.disable()
    from brobygger import cli

    gc.freeze()
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
