"""Two small classifiers of film-review sentences, an LSTM and convolutions, for pages and benchmarks that explain them.

Words are embedded in 32 numbers. In training one word in eight is dropped, all its numbers becoming 0, so that 0, which
explainers put where a word is taken away, is a word that the network has often missed. The file of a network is kept
in a folder and made anew where it is not there; ``--accuracy`` prints the share of held-out sentences judged rightly.

    python benchmarks/sentences.py --accuracy
"""

import argparse
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from aition import Batch, TorchModel
from aition.data.reviews import load_reviews
from aition.models import ConvClassifier, LSTMClassifier, evaluate, fit

KINDS = ("lstm", "cnn")
FOLDER = Path(tempfile.gettempdir()) / "aition-sentences"
N_EMBEDDED, DROPPED = 32, 1 / 8
EPOCHS = {"lstm": 3, "cnn": 4}
"""After which a tenth of the training sentences, held out at seed 1000, were judged best."""


class Sentences(nn.Module):
    """Embedded words, some of them dropped in training, read by a network for series."""

    def __init__(self, n_word: int, reader: nn.Module) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_word, N_EMBEDDED)
        self.dropped = nn.Dropout1d(DROPPED)
        self.reader = reader
        nn.init.normal_(self.embedding.weight, std=0.3)

    def forward(self, ids: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        said: Tensor = self.reader(self.dropped(self.embedding(ids)), exists)
        return said


def forward(module: nn.Module, batch: Batch) -> Tensor:
    said: Tensor = module(batch["ids"], batch.exists)
    return said


def fresh(kind: str, n_word: int, *, seed: int) -> TorchModel:
    """A network with fresh weights."""
    torch.manual_seed(seed)
    reader = (
        LSTMClassifier(N_EMBEDDED, 2, n_hidden=32)
        if kind == "lstm"
        else ConvClassifier(N_EMBEDDED, 2, channels=(96,), kernel=5)
    )
    return TorchModel(Sentences(n_word, reader), forward, embedding="embedding")


def network(kind: str, *, seed: int = 0, folder: Path = FOLDER) -> TorchModel:
    """A trained network."""
    train = load_reviews().train
    n_word = len(train.fields["ids"].names)
    path = folder / f"{kind}-{seed}.pt"
    model = fresh(kind, n_word, seed=seed)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        done = fit(model, train, epochs=EPOCHS[kind], batch_size=64, lr=2e-3, weight_decay=1e-5, seed=seed)
        torch.save(done.model.module.state_dict(), path)
    model.module.load_state_dict(torch.load(path, weights_only=True))
    model.module.eval()
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    test = load_reviews().test
    for kind in KINDS:
        for seed in asked.seeds:
            model = network(kind, seed=seed)
            if asked.accuracy:
                print(f"{kind}, seed {seed}: {evaluate(model, test)[1]:.3f} of {len(test)} held-out sentences")


if __name__ == "__main__":
    main()
