"""OpenVINO's entry, once for a process. Needs no torch."""

from __future__ import annotations

import functools

import openvino as ov


@functools.cache
def openvino_core() -> ov.Core:
    """Return the only one there is, which stays until the process ends.

    Each Core gives its thread another stack for signal handlers and puts back the one before when it goes. Two that do
    not go in reverse order leave the thread with a stack that is not there any more, and the next signal's handler
    writes into whatever lies in its place.
    """
    return ov.Core()
