"""The file in which TOMAAT's announcement service kept its keys: a TinyDB, which is JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tomaat.errors import InvalidInput

LENGTH = 64
"""Characters of a key: TOMAAT's tool stores no others."""
FIELD = "api_key"


def read_keys(path: Path) -> tuple[list[str], int]:
    """The keys in the file, each once, in their order; and how many entries hold what can't be a key.

    Takes the files of all versions of TinyDB: tables of documents by number, or, before version 2, in a list.

    Raises :class:`~tomaat.errors.InvalidInput` for another file.
    """
    try:
        content = orjson.loads(path.read_bytes() or b"{}")  # TinyDB writes nothing before the first key
    except OSError as error:
        raise InvalidInput(f"{path.name} can't be read: {error.strerror}.", field="file") from error
    except orjson.JSONDecodeError:
        raise _wrong(path) from None
    documents = list(_documents(content, path))
    values = [document[FIELD] for document in documents if FIELD in document]
    if documents and not values:
        raise _wrong(path)
    keys = [value for value in values if isinstance(value, str) and len(value) == LENGTH and value.isalnum()]
    return list(dict.fromkeys(keys)), len(values) - len(keys)


def _documents(content: Any, path: Path) -> Iterator[dict[str, Any]]:
    if not isinstance(content, dict):
        raise _wrong(path)
    for table in content.values():
        documents = list(table.values()) if isinstance(table, dict) else table
        if not isinstance(documents, list) or not all(isinstance(each, dict) for each in documents):
            raise _wrong(path)
        yield from documents


def _wrong(path: Path) -> InvalidInput:
    return InvalidInput(
        f"{path.name} is no key file of TOMAAT's announcement service; that is JSON such as "
        '{"_default": {"1": {"api_key": "..."}}}, and called api_key_db.json.',
        field="file",
    )
