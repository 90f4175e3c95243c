"""One frame's step of the network as ONNX."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from bridge.solving.features import FEATURE_COUNT
from tools.body_network.models import BodyNetwork
from tools.body_network.motion_windows import BODY_COUNT

INPUTS = ("features", "initial", "state")
OUTPUTS = ("rotations", "contact", "root", "next_state")


class _Step(nn.Module):
    def __init__(self, network: BodyNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, features: Tensor, initial: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rotations, contact, root, state = self.network(features[:, None], initial[:, None], state)
        return rotations[:, 0], torch.sigmoid(contact[:, 0]), root[:, 0], state


def export_onnx(network: BodyNetwork, path: Path) -> None:
    """Write ``body.onnx``: ``features (1, 326)``, ``initial (1, 22, 3, 3)``, ``state`` →
    ``rotations (1, 22, 3, 3)``, ``contact (1, 2)`` 0–1, ``root (1, 4)``, ``next_state``."""
    network.eval()
    inputs = (
        torch.zeros(1, FEATURE_COUNT),
        torch.eye(3).repeat(1, BODY_COUNT, 1, 1),
        network.start(1),
    )
    torch.onnx.export(
        _Step(network),
        inputs,
        str(path),
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    _without_traces(path)


def _without_traces(path: Path) -> None:
    """Drop what the exporter notes of this machine: each node's stack trace, with its paths."""
    model = onnx.load(path)
    for noted in (model.graph, *model.graph.node, *model.graph.value_info, *model.functions):
        del noted.metadata_props[:]
    onnx.save(model, path)
