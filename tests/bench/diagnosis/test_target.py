"""What a user names is imported; errors of the user's code come as their own traceback."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench.diagnosis.target import cut_traceback, load, run_users, users_traceback
from bench.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_name_in_a_file_or_a_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "users_train.py").write_text("class Parts:\n    loader = 42\n")
    assert load(f"{tmp_path}/users_train.py:Parts.loader") == 42
    assert load("json:dumps")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("train", "write the module or file, a colon"),
        ("train.py:", "write the module or file, a colon"),
        ("nowhere.py:loader", r"nowhere\.py: there is no such file"),
        ("json:nothing", "json has no nothing; it has"),
        ("no_such_module:loader", "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_what_is_not_there_is_an_error_with_a_remedy(target: str, message: str) -> None:
    with pytest.raises(LoaderError, match=message):
        load(target)


def test_a_file_named_like_a_library_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("loader = 1\n")
    with pytest.raises(LoaderError, match="give the file another name"):
        load(f"{tmp_path}/json.py:loader")


def test_an_error_of_the_module_shows_the_users_frames_alone(tmp_path: Path) -> None:
    path = tmp_path / "users_broken.py"
    path.write_text("def read():\n    return {}['missing']\n\nread()\n")
    with pytest.raises(LoaderError) as caught:
        load(f"{path}:loader")
    lines = str(caught.value).splitlines()
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[2].startswith(f'  File "{path}", line 4')
    assert lines[-1] == "KeyError: 'missing'"
    assert "importlib" not in str(caught.value)


def test_a_module_that_exits_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "users_exits.py").write_text("import sys\nsys.exit(3)\n")
    with pytest.raises(LoaderError, match="SystemExit: 3"):
        load(f"{tmp_path}/users_exits.py:loader")


def test_an_error_of_a_worker_shows_what_happened_there() -> None:
    text = (
        "Caught ValueError in DataLoader worker process 0.\n"
        "Original Traceback (most recent call last):\n"
        '  File "/site-packages/torch/utils/data/_utils/worker.py", line 349, in _worker_loop\n'
        "    data = fetcher.fetch(index)\n"
        '  File "/home/somebody/train.py", line 7, in __getitem__\n'
        "    return decode(data)\n"
        '  File "/site-packages/PIL/Image.py", line 99, in open\n'
        "    raise ValueError\n"
        "ValueError: not a picture"
    )
    assert users_traceback(RuntimeError(text)) == (
        "Traceback (most recent call last):\n"
        '  File "/home/somebody/train.py", line 7, in __getitem__\n'
        "    return decode(data)\n"
        '  File "/site-packages/PIL/Image.py", line 99, in open\n'
        "    raise ValueError\n"
        "ValueError: not a picture"
    )


def test_an_error_without_a_frame_of_the_users_is_its_last_line() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/site-packages/torch/utils/data/dataloader.py", line 7, in __init__\n'
        "    raise\n"
        "ValueError: batch_size should be positive"
    )
    assert cut_traceback(text) == "ValueError: batch_size should be positive"


def test_what_is_already_said_is_passed_on() -> None:
    def refuse() -> None:
        raise LoaderError("plain words")

    with pytest.raises(LoaderError, match=r"^plain words$"):
        run_users(refuse, "train.py")
