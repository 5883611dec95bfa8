"""The S3 backend: against a whole server, over a network that is slow, silent or cut."""

from __future__ import annotations

import multiprocessing
import pickle
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.errors import ConfigurationError, PipelineError
from bench.pipeline.storage import s3, storage_backend
from tests.bench.pipeline.storage.buckets import BUCKET, listed, objects, sign_in
from tests.bench.pipeline.storage.servers import LOOPBACK, Guarded, Moto, Proxy
from tests.bench.pipeline.storage.test_backends import (
    CHUNKS,
    DATA,
    EXPECTED,
    RANGES,
    broken_chunks,
    in_a_process,
    ranges,
)

if TYPE_CHECKING:
    from bench.pipeline.storage import Handle

pytestmark = pytest.mark.process

pytest.importorskip("pyarrow.fs", reason="S3 is reached through pyarrow")

ROOT = Path(__file__).parents[4]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up a silent server after a second."""
    monkeypatch.setattr(s3, "REQUEST_S", 1.0)


@pytest.mark.parametrize("prefix", ["", "/", "/class", "/class/of/2026/"])
def test_what_is_stored_is_read_back(bucket: Any, moto: Moto, prefix: str) -> None:
    backend = storage_backend(f"s3://{BUCKET}{prefix}", endpoint=moto.endpoint)
    backend.put(iter(CHUNKS))
    assert backend.name == "s3"
    (stored,) = objects(bucket)
    assert stored.startswith(prefix.strip("/"))
    assert ranges(backend, RANGES) == EXPECTED
    assert ranges(pickle.loads(pickle.dumps(backend)), RANGES) == EXPECTED
    backend.remove()
    backend.remove()
    assert objects(bucket) == []
    with pytest.raises(PipelineError, match="not there; was it removed"):
        backend.open()


def test_without_a_prefix_nothing_is_left(bucket: Any, moto: Moto) -> None:
    backend = storage_backend(f"s3://{BUCKET}", endpoint=moto.endpoint)
    backend.put([b"small"])
    backend.remove()
    assert listed(bucket) == []


def test_what_others_have_under_the_prefix_stays_as_it_is(bucket: Any, moto: Moto) -> None:
    for name in ("class/theirs", "class/deep/theirs", "other"):
        with bucket.open_output_stream(name) as stream:
            stream.write(b"theirs")
    before = listed(bucket)
    backend = storage_backend(f"s3://{BUCKET}/class", endpoint=moto.endpoint)
    backend.put(CHUNKS)
    assert len(objects(bucket)) == 4
    backend.remove()
    assert listed(bucket) == before


def test_the_server_can_be_named_in_the_environment(
    bucket: Any, moto: Moto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.invalid")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto.endpoint)
    backend = storage_backend(f"s3://{BUCKET}/class")
    backend.put([DATA])
    assert ranges(backend, RANGES) == EXPECTED
    backend.remove()


@pytest.mark.parametrize("start", ["spawn", "forkserver"])
def test_an_object_is_read_in_another_process(bucket: Any, moto: Moto, start: str) -> None:
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {start}")
    backend = storage_backend(f"s3://{BUCKET}/class", endpoint=moto.endpoint)
    backend.put(CHUNKS)
    assert start in backend.start_methods
    assert in_a_process(backend, start) == EXPECTED
    backend.remove()


_FORKED = """
import multiprocessing, sys, warnings
from bench.errors import PipelineError
from bench.pipeline.storage import storage_backend
warnings.simplefilter("ignore")  # that a process with threads is forked is the point
backend = storage_backend("s3://students", endpoint=sys.argv[1])
backend.put([b"x"])
assert "fork" not in backend.start_methods
def child():
    try:
        backend.open()
    except PipelineError as error:
        print(error)
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()
backend.remove()
"""
_LEFT_OPEN = """
import sys
from bench.pipeline.storage import storage_backend
backend = storage_backend("s3://students", endpoint=sys.argv[1])
backend.put([b"x"])
handle = backend.open()
print(handle.read(0, 1))
backend.remove()
"""


def script(code: str, endpoint: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, endpoint],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_process_ends_that_has_left_it_open(bucket: Any, moto: Moto) -> None:
    assert script(_LEFT_OPEN, moto.endpoint) == "b'x'\n"


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system forks nothing"
)
def test_a_forked_process_is_refused_rather_than_left_hanging(bucket: Any, moto: Moto) -> None:
    assert "--start spawn" in script(_FORKED, moto.endpoint)


def refused(endpoint: str, where: str = BUCKET) -> str:
    """Return why a data set cannot be stored."""
    with pytest.raises(ConfigurationError) as caught:
        storage_backend(f"s3://{where}/class", endpoint=endpoint).put(CHUNKS)
    (problem,) = caught.value.problems
    assert problem.startswith("storage: ")
    assert f"s3://{where}/class/" in problem
    assert endpoint in problem
    return problem


@pytest.mark.parametrize("wrong", ["key", "secret"])
def test_wrong_credentials_are_an_error_that_does_not_show_them(
    bucket: Any, moto: Moto, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    key, secret = moto.credentials.key, moto.credentials.secret
    key, secret = ("AKIAWRONG", secret) if wrong == "key" else (key, "hush-hush")
    sign_in(monkeypatch, key, secret)
    problem = refused(moto.endpoint)
    assert "credentials are not accepted" in problem
    assert "check AWS_ACCESS_KEY_ID" in problem
    assert key not in problem
    assert secret not in problem


def test_missing_credentials_are_an_error(nobody: None) -> None:
    with closing(Guarded()) as server:
        assert "none are set; set AWS_ACCESS_KEY_ID" in refused(server.endpoint)


def test_credentials_that_end_meanwhile_break_the_pipeline(
    bucket: Any, moto: Moto, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = storage_backend(f"s3://{BUCKET}", endpoint=moto.endpoint)
    backend.put([b"x"])
    with monkeypatch.context() as changed:
        sign_in(changed, "AKIAWRONG", "hush-hush")
        with pytest.raises(PipelineError, match="cannot be opened: the credentials"):
            backend.open()
        with pytest.raises(PipelineError, match=r"the credentials .*; s3://.* may be left"):
            backend.remove()
    backend.remove()


def test_a_missing_bucket_is_an_error_and_is_not_created(bucket: Any, moto: Moto) -> None:
    problem = refused(moto.endpoint, where="nobodys")
    assert "there is no such bucket; create it" in problem
    assert "there is no such bucket" in refused(moto.endpoint, where="nobodys")


def test_a_port_without_a_server_is_an_error(nobody: None) -> None:
    with closing(socket.create_server((LOOPBACK, 0))) as backend:
        port = backend.getsockname()[1]
    assert "nothing listens there; check the port" in refused(f"http://{LOOPBACK}:{port}")


def test_an_unknown_host_is_an_error(nobody: None) -> None:
    assert "there is no host of that name" in refused("http://no-such-host.invalid:9000")


def test_https_to_a_server_of_http_is_an_error(moto: Moto, nobody: None) -> None:
    assert "http:// or https://" in refused(f"https://{LOOPBACK}:{moto.port}")


def opened(proxy: Proxy) -> Handle:
    backend = storage_backend(f"s3://{BUCKET}", endpoint=proxy.endpoint)
    backend.put(CHUNKS)
    return backend.open()


def test_a_connection_that_is_cut_halfway_breaks_the_read(bucket: Any, proxy: Proxy) -> None:
    handle = opened(proxy)
    proxy.cut_after = 500_000
    with pytest.raises(PipelineError, match="cannot be read: it cut the connection"):
        handle.read(0, 2_000_000)
    proxy.cut_after = None
    assert handle.read(0, len(DATA)) == DATA
    handle.close()


def test_a_silent_server_breaks_the_read(bucket: Any, proxy: Proxy, soon: None) -> None:
    handle = opened(proxy)
    proxy.silent = True
    with pytest.raises(PipelineError, match="cannot be read: it does not answer"):
        handle.read(0, 2_000_000)
    handle.close()


def test_a_silent_server_breaks_the_put(bucket: Any, proxy: Proxy, soon: None) -> None:
    proxy.silent = True
    with pytest.raises(PipelineError, match=r"cannot be put: it does not answer.*may be left"):
        storage_backend(f"s3://{BUCKET}", endpoint=proxy.endpoint).put(CHUNKS)
    assert objects(bucket) == []


def test_a_connection_that_is_cut_breaks_the_put(bucket: Any, proxy: Proxy) -> None:
    proxy.cut_after = 0
    with pytest.raises(PipelineError, match="cannot be put: it cut the connection"):
        storage_backend(f"s3://{BUCKET}", endpoint=proxy.endpoint).put(CHUNKS)
    assert objects(bucket) == []


def test_chunks_that_break_leave_nothing(bucket: Any, moto: Moto) -> None:
    with pytest.raises(ZeroDivisionError):
        storage_backend(f"s3://{BUCKET}", endpoint=moto.endpoint).put(broken_chunks())
    assert listed(bucket) == []


def test_a_slow_server_gives_the_same_later(bucket: Any, proxy: Proxy) -> None:
    handle = opened(proxy)
    wanted = [(start, 50_000) for start in range(0, 500_000, 50_000)]
    right = [DATA[offset : offset + length] for offset, length in wanted]

    def read() -> float:
        start = time.perf_counter()
        assert [handle.read(*each) for each in wanted] == right
        return time.perf_counter() - start

    usual_s = read()
    proxy.delay_s = 4 * usual_s / len(wanted)
    assert read() > 3 * usual_s
    handle.close()


def test_an_object_that_ends_early_is_an_error(bucket: Any, moto: Moto) -> None:
    backend = storage_backend(f"s3://{BUCKET}", endpoint=moto.endpoint)
    backend.put([b"short"])
    with closing(backend.open()) as handle, pytest.raises(PipelineError, match="after 5 bytes"):
        handle.read(2, 8)
    backend.remove()
