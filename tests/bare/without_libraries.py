"""A pytest plugin, and a module to import first: this process finds no browser and none of the
libraries named in ONEPLACE_TESTS_WITHOUT (parts of their names, by commas), as on a machine where
nobody installed them."""

from __future__ import annotations

import ctypes.util
import os
import shutil
from typing import Any

import cffi

HIDDEN = tuple(filter(None, os.environ.get("ONEPLACE_TESTS_WITHOUT", "").split(",")))
_dlopen, _find, _which = cffi.FFI.dlopen, ctypes.util.find_library, shutil.which


def _hidden(name: object) -> bool:
    return any(h in str(name) for h in HIDDEN)


def dlopen(self: cffi.FFI, name: Any, flags: int = 0) -> Any:
    if _hidden(name):
        raise OSError(f"cannot load library '{name}'")
    return _dlopen(self, name, flags)


cffi.FFI.dlopen = dlopen
ctypes.util.find_library = lambda name: None if _hidden(name) else _find(name)
shutil.which = lambda cmd, *a, **k: None if "chromium" in str(cmd) else _which(cmd, *a, **k)
