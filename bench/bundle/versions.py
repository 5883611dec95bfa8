"""Bundles of earlier versions, read as if they were of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]

# Of version 1: where an object is, with its keys as they were and as they are. A path names keys;
# [] stands for each entry of a list.
_KEYS_OF_1: dict[str, dict[str, str]] = {
    "pipeline": {"alone": "isolated", "crossing": "ipc"},
    "pipeline.configurations[]": {
        "handed_bytes": "batch_tensor_bytes",
        "asked_step_ns": "requested_step_ns",
        "late": "retest",
    },
    "pipeline.configurations[].windows[]": {"transfer": "h2d", "late": "late_reads"},
    "pipeline.configurations[].windows[].stages": {"handover": "ipc"},
    "pipeline.ipc[]": {"way": "transport"},
    "pipeline.contention[]": {"centi_batches": "batches_x100"},
    "pipeline.probes_failed": {"alone": "isolated", "crossing": "ipc"},
}
_ROLES_OF_1 = {"newcomer": "naive"}


def upgraded(document: Document) -> Document:
    """Return a document of version 1 in the words of version 2; others as they are.

    Only keys and names change, no measured number; its digest stays that of the bytes that were
    read. What does not have the shape of a bundle is left for the schema to refuse.
    """
    if repr(document.get("schema_version")) != "1":  # 1.0 and true are no versions
        return document
    for path, names in _KEYS_OF_1.items():
        for record in _objects(document, path.split(".")):
            for old, new in names.items():
                if old in record and new not in record:
                    record[new] = record.pop(old)
    for case in _objects(document, ["cases[]"]):
        role = case.get("role")
        if isinstance(role, str):
            case["role"] = _ROLES_OF_1.get(role, role)
    return document | {"schema_version": 2}


def _objects(value: Any, path: list[str]) -> Iterator[Document]:
    """Yield the objects at a path below a value; none where something else lies there."""
    if not isinstance(value, dict):
        return
    if not path:
        yield value
        return
    key, many = path[0].removesuffix("[]"), path[0].endswith("[]")
    inner = value.get(key)
    entries = inner if many and isinstance(inner, list) else [inner] * (not many)
    for entry in entries:
        yield from _objects(entry, path[1:])
