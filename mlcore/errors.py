"""Every error mlcore raises on purpose: a sentence for a person and a stable code for a program."""

from __future__ import annotations


class MlcoreError(Exception):
    """Base of all errors a caller may show to a person.

    ``str(error)`` says what is wrong, why, and what to do; ``code`` never changes between releases.
    """

    code = "mlcore_error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        if code is not None:
            self.code = code


class ImageError(MlcoreError):
    """A photo or style image that cannot be read or is outside the limits."""

    code = "image_unreadable"


class CheckpointError(MlcoreError):
    """A checkpoint that is damaged, hostile, or not a TransformerNetwork."""

    code = "checkpoint_invalid"


class LossNetworkError(MlcoreError):
    """The VGG weights of the loss network are missing or do not fit."""

    code = "loss_network_unavailable"


class ConfigError(MlcoreError):
    """An option, or a combination of options, that cannot work."""

    code = "invalid_option"


class TrainingError(MlcoreError):
    """Training cannot go on."""

    code = "training_failed"


class ExportError(MlcoreError):
    """An exported file that does not do what it should; it was not kept."""

    code = "export_failed"


class EngineUnavailable(MlcoreError):
    """An engine that cannot be used here: its library is missing or broken, or its result would deviate too far."""

    code = "engine_unavailable"


class Cancelled(MlcoreError):
    """The caller asked a long computation to stop."""

    code = "cancelled"

    def __init__(self, detail: str = "Cancelled on request.") -> None:
        super().__init__(detail)


class OutOfMemory(MlcoreError):
    """There is not enough memory for what was asked."""

    code = "out_of_memory"


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means failed allocation; torch has no class of its own for that on a CPU."""
    phrases = ("can't allocate memory", "out of memory", "bad_alloc", "could not create a memory object")
    return isinstance(error, MemoryError) or any(phrase in str(error) for phrase in phrases)
