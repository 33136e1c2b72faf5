"""``python -m panharvest``."""

from panharvest.cli import main

if __name__ == "__main__":
    main()
