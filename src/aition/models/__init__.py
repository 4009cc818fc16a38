"""Models: small reference networks, one training loop, and safe loading."""

from aition.models.attention import TransformerClassifier
from aition.models.builders import as_model, create, forward_masked, register_builder
from aition.models.convolutional import ConvClassifier, ResNetClassifier
from aition.models.dense import MLPClassifier
from aition.models.events import EventBag, EventRecurrent, EventTransformer, events_model
from aition.models.fresh import forgetful, layers_from_output, untrained
from aition.models.measured import MeasuredGRU, measured_model, moments
from aition.models.pooled import AttentionPool
from aition.models.recurrent import GRUClassifier, LSTMClassifier
from aition.models.saved import load_model, save_model
from aition.models.segmented import SegmentClassifier
from aition.models.train import Epoch, Trained, accuracy_of, areas, evaluate, fit, label_loss

__all__ = [
    "AttentionPool",
    "ConvClassifier",
    "Epoch",
    "EventBag",
    "EventRecurrent",
    "EventTransformer",
    "GRUClassifier",
    "LSTMClassifier",
    "MLPClassifier",
    "MeasuredGRU",
    "ResNetClassifier",
    "SegmentClassifier",
    "Trained",
    "TransformerClassifier",
    "accuracy_of",
    "areas",
    "as_model",
    "create",
    "evaluate",
    "events_model",
    "fit",
    "forgetful",
    "forward_masked",
    "label_loss",
    "layers_from_output",
    "load_model",
    "measured_model",
    "moments",
    "register_builder",
    "save_model",
    "untrained",
]
