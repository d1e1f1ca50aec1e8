"""A superuser whom permissions bind for a while."""

import contextlib
import ctypes
import os
from collections.abc import Iterator

VERSION = 0x20080522  # of the system call's structures, _LINUX_CAPABILITY_VERSION_3
DAC_OVERRIDE, DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Put down the right to read and write everything; nothing to do for anybody else than the superuser."""
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head, data = (ctypes.c_uint32 * 2)(VERSION, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, data) == 0, os.strerror(ctypes.get_errno())
    effective = data[0]
    data[0] = effective & ~(DAC_OVERRIDE | DAC_READ_SEARCH)
    assert libc.capset(head, data) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        data[0] = effective
        assert libc.capset(head, data) == 0, os.strerror(ctypes.get_errno())
