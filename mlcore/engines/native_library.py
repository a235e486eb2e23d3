"""Compiling the kernels in ``native/`` for this machine's processor, once, and loading them.

A C compiler on the machine that serves knows its vectors best and no binaries have to be shipped for every processor.
Where there is none, another engine paints.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import secrets
import shlex
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

from mlcore.errors import EngineUnavailable
from mlcore.image_io import write_atomically

_SOURCES = Path(__file__).parent / "native"
_COMPILERS = ("cc", "gcc", "clang")
_FLAGS = ("-O3", "-std=gnu11", "-shared", "-fPIC", "-ffp-contract=fast", "-Wno-psabi")
_TIMEOUT_SECONDS = 120


@functools.lru_cache(maxsize=4)
def load_library(cache: Path) -> ctypes.CDLL:
    """Return the kernels, compiled on first use (2 s) into ``cache``, a folder made for this user alone.

    The compiler is that of the environment's ``CC``, or the first of cc, gcc and clang.

    Raises:
        EngineUnavailable: no compiler, it fails, or others may write to the folder, whose files are run.
    """
    compiler = _find_compiler()
    _check_private(cache)
    library = cache / f"painting-{_fingerprint(compiler)}.so"
    # Loading half a file ends the process.
    if not _is_whole(library):
        _compile(compiler, library)
    try:
        return _declare(ctypes.CDLL(str(library)))
    except (OSError, AttributeError) as error:
        raise EngineUnavailable(f"The compiled kernels {library} cannot be loaded ({error}).") from error


def _find_compiler() -> list[str]:
    if os.environ.get("CC"):
        return shlex.split(os.environ["CC"])
    found = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if found is None:
        raise EngineUnavailable(
            "There is no C compiler (cc, gcc or clang), which the native engine is built with. Install one, for "
            "instance Debian's package gcc with libc6-dev, or use another engine."
        )
    return [found]


def _check_private(cache: Path) -> None:
    """What lies in the folder is run, so nobody else may be able to put it there."""
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = cache.stat()
    except OSError as error:
        raise EngineUnavailable(f"The folder {cache} cannot be made: {error.strerror}.") from error
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise EngineUnavailable(
            f"Others may write to the folder {cache}, so what is in it will not be run. Make it this user's own: "
            f"chmod go-w {cache}"
        )


def _fingerprint(compiler: list[str]) -> str:
    """Of everything the compiled file depends on: sources, flags, compiler and processor."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCES.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    version = _run([*compiler, "--version"]).stdout.partition("\n")[0]
    digest.update(" ".join((*compiler, version, *_FLAGS, *_target(), _processor())).encode())
    return digest.hexdigest()[:16]


def _target() -> tuple[str, ...]:
    return ("-mcpu=native",) if platform.machine() in ("aarch64", "arm64") else ("-march=native",)


def _processor() -> str:
    """Return what the processor can do: a cache may be shared by machines or outlive one."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _compile(compiler: list[str], library: Path) -> None:
    temporary = library.with_suffix(f".{secrets.token_hex(6)}.tmp")
    sources = [str(path) for path in sorted(_SOURCES.glob("*.c"))]
    try:
        result = _run([*compiler, *_FLAGS, *_target(), "-o", str(temporary), *sources])
        if result.returncode:
            raise EngineUnavailable(
                f"{compiler[0]} could not compile the native engine: {result.stderr.strip()[:500] or 'no reason given'}"
            )
        # Of two workers that start together each compiles; what they write is the same and never seen by half.
        content = temporary.read_bytes()
        write_atomically(library, content)
        write_atomically(library.with_suffix(".sha256"), hashlib.sha256(content).hexdigest().encode())
    except OSError as error:
        raise EngineUnavailable(f"The native engine cannot be kept in {library.parent} ({error}).") from error
    finally:
        temporary.unlink(missing_ok=True)


def _is_whole(library: Path) -> bool:
    try:
        return library.with_suffix(".sha256").read_text() == hashlib.sha256(library.read_bytes()).hexdigest()
    except (OSError, UnicodeDecodeError):
        return False


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  # a compiler and files of ours, no shell
            command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailable(f"The C compiler {command[0]} cannot be run ({error}).") from error


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Say what the functions take; whole numbers are 64 bits wide throughout."""
    number: type[ctypes._SimpleCData[Any]] = ctypes.c_int64
    pointer: type[ctypes._SimpleCData[Any]] = ctypes.c_void_p
    library.channels_at_a_time.restype = library.bytes_kept.restype = number
    for function, sizes in (
        (library.photo_work, 1),
        (library.painting_work, 1),
        (library.photo_pieces, 2),
        (library.painting_pieces, 2),
    ):
        function.argtypes, function.restype = [number] * sizes, number
    for function in (library.convolve_photo, library.convolve_inner, library.convolve_painting):
        function.argtypes, function.restype = [pointer, pointer, number, pointer], None
    return library
