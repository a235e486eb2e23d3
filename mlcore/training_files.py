"""The files of a training run: samples, checkpoints, the finished model and its style file."""

from __future__ import annotations

from pathlib import Path

from mlcore.checkpoint import save_style_file, save_training_checkpoint
from mlcore.errors import TrainingError
from mlcore.style_metadata import StyleMetadata
from mlcore.train_config import TrainConfig
from mlcore.training_events import FileKind, FileNotWritten, FileWritten, LossValues
from mlcore.training_samples import SamplePhotos
from mlcore.training_state import TrainingState


class TrainingFiles:
    """Writes them, each whole or not at all.

    A sample or checkpoint that cannot be written on the way does not end the run, which may find room for the next one;
    the last files must be written, or the run has failed.
    """

    def __init__(self, config: TrainConfig, state: TrainingState, samples: SamplePhotos) -> None:
        self.config, self.state, self._samples = config, state, samples
        self.last_checkpoint = config.resume

    def save_sample(self) -> FileWritten | FileNotWritten:
        """Paint the sample photos and write them."""
        step, folder = self.state.step, self.config.output_dir
        try:
            return FileWritten("sample", self._samples.save(self.state.network, folder, step), step)
        except OSError as error:
            return FileNotWritten("sample", folder / f"sample_{step:06d}.jpg", step, _reason(error))

    def save_checkpoint(self, losses: LossValues, *, or_fail: bool = False) -> FileWritten | FileNotWritten:
        """Write what ``--resume`` needs.

        Raises:
            TrainingError: with ``or_fail``, it cannot be written.
        """
        path = self.config.checkpoint_dir / f"checkpoint_{self.state.step:06d}.pth"
        try:
            return self._save(path, "checkpoint", losses)
        except OSError as error:
            if or_fail:
                raise self._lost(path, error) from error
            return FileNotWritten("checkpoint", path, self.state.step, _reason(error))

    def save_model(self, losses: LossValues) -> FileWritten:
        """Write ``final_model.pth``, a checkpoint like the others.

        Raises:
            TrainingError: it cannot be written.
        """
        path = self.config.checkpoint_dir / "final_model.pth"
        try:
            return self._save(path, "model", losses)
        except OSError as error:
            raise self._lost(path, error) from error

    def save_style(self, losses: LossValues) -> FileWritten:
        """Write the style file, named after the painting.

        Raises:
            TrainingError: it cannot be written.
        """
        path = self.config.style_file
        metadata = StyleMetadata(
            config=self.config.recipe(),
            step=self.state.step,
            losses=losses._asdict(),
            loss_network=self.config.loss_network,
        )
        try:
            save_style_file(path, self.state.network, metadata)
        except OSError as error:
            raise self._lost(path, error) from error
        return FileWritten("style", path, self.state.step)

    def _save(self, path: Path, kind: FileKind, losses: LossValues) -> FileWritten:
        more = {"loss": losses.total, "config": self.config.as_json()}
        save_training_checkpoint(path, self.state.as_checkpoint() | more)
        self.last_checkpoint = path
        return FileWritten(kind, path, self.state.step)

    def _lost(self, path: Path, error: OSError) -> TrainingError:
        whole = self.last_checkpoint
        advice = f"--resume {whole}, which is whole" if whole else "start again with another --checkpoint-dir"
        return TrainingError(
            f"{path} could not be written at step {self.state.step}: {_reason(error)}. Make room, then {advice}.",
            code="file_not_written",
        )


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
