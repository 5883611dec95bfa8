"""An experiment whose data set lies in S3, from the command line; slow, cut, refused."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench.pipeline.storage.buckets import BUCKET, objects
from tests.conftest import MEASURED, ROOT, command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.pipeline.storage.servers import Moto, Proxy

pytestmark = pytest.mark.process

pytest.importorskip("torch", reason="the pipeline is torch's")

SHORT = ("--seconds", "0.1", "--batch", "8", "--json")


def run(tmp_path: Path, url: str, endpoint: str, *more: str) -> tuple[int, str, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    options = ("--storage", url, "--endpoint-url", endpoint, *SHORT, *more)
    return command("bench", environment, tmp_path, "experiment", *options)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_an_experiment_reads_from_s3(
    bucket: Any,
    moto: Moto,
    tmp_path: Path,
    workers: str,
) -> None:
    code, out, err = run(tmp_path, f"s3://{BUCKET}/class", moto.endpoint, "--workers", workers)
    assert code in MEASURED, err
    result = json.loads(out)
    assert result["stages_us"]["storage"]["mean"] > 0
    assert result["encoded_bytes_per_s"] > 0
    assert objects(bucket) == []


def test_a_slow_server_shows_as_time(bucket: Any, proxy: Proxy, tmp_path: Path) -> None:
    url = f"s3://{BUCKET}"
    code, out, err = run(tmp_path, url, proxy.endpoint)
    assert code in MEASURED, err
    fast = json.loads(out)["stages_us"]["storage"]["mean"]
    proxy.delay_s = 0.1
    code, out, err = run(tmp_path, url, proxy.endpoint)
    assert code in MEASURED, err
    assert json.loads(out)["stages_us"]["storage"]["mean"] > fast + 80_000


@pytest.mark.parametrize(
    ("url", "set_", "message"),
    [
        ("s3://nobodys-bucket", {}, "there is no such bucket"),
        (f"s3://{BUCKET}", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "the credentials are not accepted"),
    ],
)
def test_what_the_server_refuses_is_an_error_before_anything_runs(
    bucket: Any,
    moto: Moto,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    set_: dict[str, str],
    message: str,
) -> None:
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    code, out, err = run(tmp_path, url, moto.endpoint)
    assert (code, out) == (1, "")
    assert message in err
    assert "Traceback" not in err
    with suppress(KeyError):
        assert os.environ["AWS_SECRET_ACCESS_KEY"] not in err
