"""An S3 server on loopback, a bucket in it, and a proxy that makes its network worse."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench.pipeline.storage.buckets import BUCKET, sign_in
from tests.bench.pipeline.storage.servers import LOOPBACK, Moto, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with closing(Moto()) as result:
        yield result


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without credentials, and without a wait for those of a cloud's machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.fixture
def bucket(moto: Moto, nobody: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The bucket as a file system, with the right credentials in the environment."""
    from pyarrow.fs import S3FileSystem, SubTreeFileSystem

    sign_in(monkeypatch, moto.credentials.key, moto.credentials.secret)
    system = S3FileSystem(
        access_key=moto.credentials.key,
        secret_key=moto.credentials.secret,
        scheme="http",
        endpoint_override=f"{LOOPBACK}:{moto.port}",
        region="us-east-1",
        allow_bucket_creation=True,
        allow_bucket_deletion=True,
    )
    system.create_dir(BUCKET)
    yield SubTreeFileSystem(BUCKET, system)
    system.delete_dir(BUCKET)


@pytest.fixture
def proxy(moto: Moto) -> Iterator[Proxy]:
    with Proxy(moto.port) as result:
        yield result
