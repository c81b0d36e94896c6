"""``python -m console``: the same as the command ``tconsole``."""

from console.start.cli import main

if __name__ == "__main__":
    main()
