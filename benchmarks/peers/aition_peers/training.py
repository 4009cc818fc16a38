"""Trainers of Lightning: one that keeps to itself, and one as tint's own experiments make it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import TQDMProgressBar
from pytorch_lightning.loggers import TensorBoardLogger

LOGGERS = ("pytorch_lightning", "lightning_fabric")


@contextmanager
def silent_trainer(epochs: int, *, cuda: bool = False) -> Iterator[Trainer]:
    """A trainer without a progress bar, logs and checkpoints; nothing is printed, and nothing written is kept.

    Args:
        epochs: Times that all series are seen.
        cuda: Train on the GPU.
    """
    with unheard(), TemporaryDirectory() as folder:
        yield Trainer(
            max_epochs=epochs,
            accelerator="gpu" if cuda else "cpu",
            devices=1,
            default_root_dir=folder,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )


@contextmanager
def published_trainer(epochs: int) -> Iterator[Trainer]:
    """A trainer as tint's experiments make it: a progress bar, TensorBoard's logs every two steps, and checkpoints.

    The bar is that of tqdm, which is what tint brings; Lightning would take rich where another package brings it. What
    is written goes to a folder that is removed afterwards.

    Args:
        epochs: Times that all series are seen.
    """
    with unheard(), TemporaryDirectory() as folder:
        yield Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            devices=1,
            log_every_n_steps=2,
            default_root_dir=folder,
            logger=TensorBoardLogger(save_dir=folder),
            callbacks=[TQDMProgressBar()],
        )


@contextmanager
def unheard() -> Iterator[None]:
    """Lightning's messages below errors, and warnings, are not shown."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
