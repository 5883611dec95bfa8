"""Environment variables of a measuring process: those that it needs, and no other.

What is set in a shell may make a process ten times slower, or bind its threads to a core:
allocators, tracing and debug switches, profilers, preloaded libraries, thread counts. So a process
starts with an allow-list, and with what this project sets itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "POLARS_MAX_THREADS",
    ),
    "1",
)
"""Each library has its own setting; a codec is compared on one core."""

# By what they are for.
_NAMES = frozenset(
    name
    for names in (
        "PATH HOME USER LOGNAME SHELL PWD TZ LANG LANGUAGE TMPDIR TEMP TMP",
        # Python: where it lies and where modules are, and how it reads the names of files.
        "PYTHONPATH PYTHONHOME PYTHONNOUSERSITE PYTHONUSERBASE PYTHONPLATLIBDIR PYTHONSAFEPATH",
        "PYTHONPYCACHEPREFIX PYTHONDONTWRITEBYTECODE PYTHONUTF8 __PYVENV_LAUNCHER__ VIRTUAL_ENV",
        "CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_DLL_SEARCH_MODIFICATION_ENABLE",
        # Windows.
        "SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT OS USERNAME USERPROFILE USERDOMAIN",
        "HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA ALLUSERSPROFILE PUBLIC",
        "COMMONPROGRAMFILES COMMONPROGRAMFILES(X86) COMMONPROGRAMW6432",
        "PROGRAMFILES PROGRAMFILES(X86) PROGRAMW6432 NUMBER_OF_PROCESSORS",
        # Libraries: where they lie, and which devices are to be used.
        "LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH NIX_LD NIX_LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER CUDA_HOME CUDA_PATH NVIDIA_VISIBLE_DEVICES",
        "NVIDIA_DRIVER_CAPABILITIES HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES",
        # The network of a data set in S3.
        "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE CURL_CA_BUNDLE",
    )
    for name in names.split()
)
_PREFIXES = ("LC_", "XDG_", "PROCESSOR_", "AWS_")


def allowed(name: str) -> bool:
    """Whether a measuring process keeps a variable; case does not matter, as on Windows."""
    upper = name.upper()
    return upper in _NAMES or upper.startswith(_PREFIXES)


def variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a measuring process.

    Args:
        settings: what is set beside those that are allowed and `ONE_THREAD`.

    """
    kept = {name: value for name, value in os.environ.items() if allowed(name)}
    return {**kept, **ONE_THREAD, **settings}
