"""``python -m tomaat.migrations PACKAGE``: after a new step, write what a new database begins with."""

from __future__ import annotations

import sys
import tempfile

from tomaat.database.engine import open_engine
from tomaat.database.newest import tables_of, write
from tomaat.database.upgrade import Migrations, run_steps

for package in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/empty.db")
        with engine.begin() as connection:
            run_steps(connection, Migrations(package, "host", 0))
            write(package, tables_of(connection))
        engine.dispose()
