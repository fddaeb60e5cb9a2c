"""``python -m tomaat`` is the ``tomaat`` command."""

from tomaat.cli import main

if __name__ == "__main__":  # a worker's parent imports this module too
    main(prog_name="tomaat")
