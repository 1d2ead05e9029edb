"""Sources: what they cannot treat is failed, skipped or kept, as the user says."""

import socket
import threading

import pytest

import ouzel as oz


@pytest.fixture
def bad_text(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good\n\xff\xfe\nlast\n")
    return path


def test_text_that_is_not_text_fails(bad_text):
    with pytest.raises(oz.StepError, match=r"byte 0 is not UTF-8.*line 2 of .*bad\.txt"):
        oz.from_text(bad_text).to_list()


def test_text_that_is_not_text_is_skipped(bad_text):
    assert oz.from_text(bad_text, on_error="skip").to_list() == ["good", "last"]


def test_text_that_is_not_text_is_kept(bad_text):
    lines = oz.from_text(bad_text, on_error="dead_letter")
    assert lines.to_list() == ["good", "last"]
    assert lines.dead_letters.to_list() == [b"\xff\xfe"]


def test_a_peer_never_fails_the_stream():
    with pytest.raises(ValueError, match="no peer fails it"):
        oz.from_tcp("127.0.0.1", 1, on_error="fail")


def test_what_a_peer_sends_that_is_not_text_is_kept():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve():
            peer, _ = server.accept()
            peer.sendall(b"good\n\xff\nlast\n")
            peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        lines = oz.from_tcp("127.0.0.1", port, sessions=1, on_error="dead_letter")
        good, bad = [], []
        assert oz.run(lines.sink(good.append), lines.dead_letters.sink(bad.append)) == 0
        thread.join()
    assert (good, bad) == (["good", "last"], [b"\xff"])
