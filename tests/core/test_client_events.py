"""Server-sent events in pieces, and streams that break."""

from __future__ import annotations

import json

import pytest

from tomaat.client.events import PAUSES, EventParser, Following
from tomaat.errors import ConnectionFailed

STREAM = (
    b": ping\n\n"
    b'event: job\ndata: {"state": "queued"}\n\n'
    b'event: job\r\ndata: {"state":\r\ndata: "running", "message": "\xe2\x80\xa8\xc3\xa9"}\r\n\r\n'
    b': ping\n\nevent: job\ndata: {"state": "succeeded"}\n\n'
)
STATES = [{"state": "queued"}, {"state": "running", "message": "\u2028é"}, {"state": "succeeded"}]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
def test_pieces_of_any_size(size: int) -> None:
    parser = EventParser()
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert [json.loads(data) for piece in pieces for _, data in parser.feed(piece)] == STATES


def test_an_event_that_is_cut_off_is_none() -> None:
    assert list(EventParser().feed(b'event: job\ndata: {"state": "succ')) == []


def test_following_tells_only_news() -> None:
    following = Following("http://127.0.0.1:9001")
    following.connected()
    assert list(following.feed(STREAM[:60] + STREAM[8:])) == STATES
    assert following.ended


def test_following_gives_up_after_some_tries() -> None:
    following = Following("http://127.0.0.1:9001")
    broke = ConnectionFailed("gone")
    assert [following.pause(broke) for _ in PAUSES] == list(PAUSES)
    with pytest.raises(ConnectionFailed, match="gone"):
        following.pause(broke)


def test_following_starts_anew_after_it_got_through() -> None:
    following = Following("http://127.0.0.1:9001")
    for _ in PAUSES:
        following.pause()
    assert list(following.saw({"state": "running"})) == [{"state": "running"}]
    assert following.pause() == PAUSES[0]
    assert not following.ended


def test_events_that_are_no_json_are_said() -> None:
    with pytest.raises(ConnectionFailed, match="no JSON"):
        list(Following("http://127.0.0.1:9001").feed(b"data: <html>\n\n"))
