"""How long work tells its caller how far it is, and hears that it shall stop."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float], None]
"""Called with the share done, 0 to 1, never falling; may raise (for instance ``Cancelled``) to stop the work."""


def silent(share: float) -> None:
    """Report to nobody."""
