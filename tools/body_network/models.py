"""The networks that were compared: a GRU and a diagonal state-space model.

Both read one frame's features and their own state, and give, in the heading's axes, the 22
rotations, foot contact and the root's motion. The rotations are residuals on the analytic
initial pose in the 6D representation (Y. Zhou et al., CVPR 2019): ``gate * initial + residual``,
made orthonormal. The gate is learned per joint and frame: where landmarks are noisy the initial
pose counts less.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from bridge.solving.features import FEATURE_COUNT
from tools.body_network.motion_windows import BODY_COUNT

CONTACT_COUNT: Final = 2
ROOT_COUNT: Final = 4  # velocity in the heading's axes and height
_GATE_START: Final = 1.0  # before training the initial pose counts by sigmoid(1) = 0.73
_REFERENCE_STEP_S: Final = 1.0 / 30.0


class BodyNetwork(nn.Module):
    """``core`` turns ``(B, T, width)`` and a state ``(L, B, S)`` into the same shapes."""

    def __init__(self, core: nn.Module, *, width: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(FEATURE_COUNT, width), nn.GELU())
        self.core = core
        self.head = nn.Sequential(nn.Linear(2 * width, 2 * width), nn.GELU())
        self.residual = nn.Linear(2 * width, BODY_COUNT * 6)
        self.gate = nn.Linear(2 * width, BODY_COUNT)
        self.extra = nn.Linear(2 * width, CONTACT_COUNT + ROOT_COUNT)
        nn.init.normal_(self.residual.weight, std=1e-2)
        nn.init.zeros_(self.residual.bias)
        nn.init.normal_(self.gate.weight, std=1e-2)
        nn.init.constant_(self.gate.bias, _GATE_START)

    def start(self, batch: int) -> Tensor:
        """The state before the first frame: zeros."""
        return torch.zeros(*self.core.state_shape(batch))

    def forward(
        self, features: Tensor, initial: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """``features (B, T, 313)``, ``initial (B, T, 22, 3, 3)``, ``state (L, B, S)``.

        Returns rotations ``(B, T, 22, 3, 3)``, contact logits ``(B, T, 2)``, root ``(B, T, 4)``
        and the next state.
        """
        encoded = self.encoder(features)
        remembered, state = self.core(encoded, state, features[..., -1:])
        hidden = self.head(torch.cat((encoded, remembered), dim=-1))
        lead = features.shape[:2]
        residual = self.residual(hidden).reshape(*lead, BODY_COUNT, 2, 3)
        gate = torch.sigmoid(self.gate(hidden)).reshape(*lead, BODY_COUNT, 1, 1)
        columns = gate * initial[..., :2].transpose(-1, -2) + residual
        contact, root = self.extra(hidden).split((CONTACT_COUNT, ROOT_COUNT), dim=-1)
        return orthonormal(columns), contact, root, state


class GruCore(nn.Module):
    """Two gated recurrent layers; the time step is one of the features."""

    LAYERS: Final = 2

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.gru = nn.GRU(width, width, num_layers=self.LAYERS, batch_first=True)

    def state_shape(self, batch: int) -> tuple[int, int, int]:
        return self.LAYERS, batch, self.width

    def forward(self, encoded: Tensor, state: Tensor, _log_step: Tensor) -> tuple[Tensor, Tensor]:
        return self.gru(encoded, state)


class SsmCore(nn.Module):
    """Diagonal state-space layers: leaky integrators with learned time constants, whose leak
    follows the real time step, between gated feed-forward layers (after LRU, A. Orvieto et al.,
    ICML 2023, with real poles)."""

    LAYERS: Final = 3
    TIME_CONSTANTS_S: Final = (0.01, 1.0)

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        low, high = (torch.log(torch.tensor(t)) for t in self.TIME_CONSTANTS_S)
        spread = torch.linspace(float(low), float(high), width)
        self.log_time = nn.Parameter(torch.stack([spread] * self.LAYERS))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(self.LAYERS))
        self.inputs = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(self.LAYERS))
        self.outputs = nn.ModuleList(nn.Linear(2 * width, 2 * width) for _ in range(self.LAYERS))

    def state_shape(self, batch: int) -> tuple[int, int, int]:
        return self.LAYERS, batch, self.width

    def forward(self, encoded: Tensor, state: Tensor, log_step: Tensor) -> tuple[Tensor, Tensor]:
        step_s = torch.exp(log_step) * _REFERENCE_STEP_S
        flow = encoded
        states: list[Tensor] = []
        for layer in range(self.LAYERS):
            normed = self.norms[layer](flow)
            value, gate = self.inputs[layer](normed).chunk(2, dim=-1)
            keep = torch.exp(-step_s / torch.exp(self.log_time[layer]))
            fresh = (1.0 - keep) * value
            now = state[layer]
            kept: list[Tensor] = []
            for frame in range(encoded.shape[1]):
                now = keep[:, frame] * now + fresh[:, frame]
                kept.append(now)
            states.append(now)
            memory = torch.stack(kept, dim=1)
            mixed = torch.cat((memory, value), dim=-1) * torch.sigmoid(
                torch.cat((gate, gate), dim=-1)
            )
            out, out_gate = self.outputs[layer](mixed).chunk(2, dim=-1)
            flow = flow + out * torch.sigmoid(out_gate)
        return flow, torch.stack(states)


def make_network(kind: str, *, width: int) -> BodyNetwork:
    """``kind``: ``gru`` or ``ssm``; raises ``KeyError``."""
    cores = {"gru": GruCore, "ssm": SsmCore}
    return BodyNetwork(cores[kind](width), width=width)


def orthonormal(columns: Tensor) -> Tensor:
    """Two column vectors ``(..., 2, 3)`` to rotation matrices ``(..., 3, 3)`` (Gram-Schmidt)."""
    first = columns[..., 0, :]
    first = first / (first.square().sum(-1, keepdim=True).sqrt() + 1e-6)
    second = columns[..., 1, :]
    second = second - (first * second).sum(-1, keepdim=True) * first
    second = second / (second.square().sum(-1, keepdim=True).sqrt() + 1e-6)
    third = torch.stack(
        (
            first[..., 1] * second[..., 2] - first[..., 2] * second[..., 1],
            first[..., 2] * second[..., 0] - first[..., 0] * second[..., 2],
            first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0],
        ),
        dim=-1,
    )
    return torch.stack((first, second, third), dim=-1)
