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


# Up to version 2 a device had one rate at a workload, found by these methods; a step took as long
# whatever the size of a sample, as the record says.
_METHODS_OF_2 = {
    ("resnet50", "h100", "train"): "emulated",
    ("resnet50", "h100_pcie", "train"): "tuned",
    ("resnet50", "a100", "train"): "example",
    ("resnet50", "v100", "train"): "example",
    ("resnet50", "orin", "serve"): "int8_dla",
    ("llama3_70b", "h100", "train"): "production",
    ("llama3_70b", "h100", "serve"): "fp8",
    ("dlrm", "h100", "train"): "tuned",
}


def upgraded(document: Document) -> Document:
    """Return a document of an earlier version as one of this version; others as they are.

    Only keys and names change, no measured number; its digest stays that of the bytes that were
    read. What does not have the shape of a bundle is left for the schema to refuse.
    """
    for upgrade in (_from_1, _from_2, _from_3):
        document = upgrade(document)
    return document


def _is_version(document: Document, number: int) -> bool:
    return repr(document.get("schema_version")) == str(number)  # 1.0 and true are no versions


def _from_1(document: Document) -> Document:
    """Return a document of version 1 in the words of version 2."""
    if not _is_version(document, 1):
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


def _from_2(document: Document) -> Document:
    """Return a document of version 2 with the methods by which its rates were found."""
    if not _is_version(document, 2):
        return document
    for setup in _objects(document, ["pipeline", "configurations[]", "setup"]):
        names = [setup.get(key) for key in ("workload", "accelerator", "phase")]
        workload, accelerator, phase = (str(name) for name in names)
        if None not in names:
            # The keyword spotter was served in int8, by all of its devices.
            usual = "int8" if phase == "serve" else None
            setup["method"] = _METHODS_OF_2.get((workload, accelerator, phase), usual)
    return document | {"schema_version": 3}


def _from_3(document: Document) -> Document:
    """Return a document of version 3, which knew no editions of the rules."""
    if not _is_version(document, 3):
        return document
    return {"rules_edition": None, **document, "schema_version": 4}


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
