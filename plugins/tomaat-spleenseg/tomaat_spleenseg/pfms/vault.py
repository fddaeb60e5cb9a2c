"""The vault key: set once. pfms guards nothing with it, and neither does this host."""

from __future__ import annotations

import hashlib
import os

from sanic import HTTPResponse, Request

from tomaat.errors import InvalidInput
from tomaat_spleenseg.pfms import answers
from tomaat_spleenseg.pfms.state import StateFile

NAME = "vault_key"


class Vault:
    """Whether there is a key. Only its salted hash is kept, and nothing ever shows it."""

    def __init__(self, state: StateFile) -> None:
        self._state = state

    async def show(self, request: Request) -> HTTPResponse:
        """``GET``: whether it is locked."""
        if await self._state.get(NAME):
            return _status(True, "The vault is locked: its key has been set.")
        return _status(False, "The vault is not locked: its key can be set, once.")

    async def put(self, request: Request) -> HTTPResponse:
        """``PUT``: the first one locks it; any other changes nothing, and says so."""
        key = answers.query(request, "key", "the key")
        if not key:
            raise InvalidInput("The vault's key can't be empty.", field="key")
        new = False

        def locked(before: str) -> str:
            nonlocal new
            new = not before
            return before or hashed(key)

        await self._state.change(NAME, locked)
        if new:
            return _status(True, "The vault is locked now.")
        return _status(True, "The vault was locked before: its key is set once, and has not been changed.")


def hashed(key: str) -> str:
    """A salt and the key's scrypt hash, in hexadecimal."""
    salt = os.urandom(16)
    return f"{salt.hex()}:{hashlib.scrypt(key.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


def _status(locked: bool, description: str) -> HTTPResponse:
    return answers.as_json({"locked": locked, "description": description})
