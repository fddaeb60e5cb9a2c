"""``python -m tomaat_announce`` is the ``tomaat-announce`` command."""

from tomaat_announce.cli import main

if __name__ == "__main__":
    main(prog_name="tomaat-announce")
