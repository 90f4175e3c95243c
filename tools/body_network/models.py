"""The networks that were compared: a GRU and a diagonal state-space model.

Both read one frame's features and their own state, and give, in the heading's axes, the 22
rotations, foot contact and the root's motion. The rotations are residuals on the analytic
initial pose in the 6D representation (Y. Zhou et al., CVPR 2019): the initial pose now, its
leaky averages over the last moments, and a residual are summed with weights that the network
chooses per joint and frame, and made orthonormal. Where landmarks are noisy the averages count
more, in quick motion less.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from bridge.solving.features import FEATURE_COUNT, SUPPORT
from tools.body_network.motion_windows import BODY_COUNT

CONTACT_COUNT: Final = 2
ROOT_COUNT: Final = 4  # velocity in the heading's axes and height
AVERAGES_S: Final = (0.05, 0.2)  # time constants of the initial pose's leaky averages
_REFERENCE_STEP_S: Final = 1.0 / 30.0


class BodyNetwork(nn.Module):
    """``core`` turns ``(B, T, width)`` and a state ``(L, B, width)`` into the same shapes."""

    def __init__(self, core: nn.Module, *, width: int) -> None:
        super().__init__()
        self.width = width
        self.encoder = nn.Sequential(nn.Linear(FEATURE_COUNT, width), nn.GELU())
        self.core = core
        self.head = nn.Sequential(nn.Linear(2 * width, 2 * width), nn.GELU())
        self.residual = nn.Linear(2 * width, BODY_COUNT * 6)
        self.mix = nn.Linear(2 * width, BODY_COUNT * (1 + len(AVERAGES_S)))
        self.extra = nn.Linear(2 * width, CONTACT_COUNT + ROOT_COUNT)
        nn.init.normal_(self.residual.weight, std=1e-2)
        nn.init.zeros_(self.residual.bias)
        nn.init.normal_(self.mix.weight, std=1e-2)
        nn.init.zeros_(self.mix.bias)

    def start(self, batch: int) -> Tensor:
        """The state before the first frame ``(L + A, B, S)``: zeros, as wide as the wider of
        the core's state and one average of the initial pose."""
        return torch.zeros(self.core.LAYERS + len(AVERAGES_S), batch, self._state_width)

    @property
    def _state_width(self) -> int:
        return max(self.width, BODY_COUNT * 6)

    def forward(
        self, features: Tensor, initial: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """``features (B, T, 326)``, ``initial (B, T, 22, 3, 3)``, ``state`` as ``start``'s.

        Returns rotations ``(B, T, 22, 3, 3)``, contact logits ``(B, T, 2)``, root ``(B, T, 4)``
        and the next state.
        """
        lead = features.shape[:2]
        layers, width = self.core.LAYERS, self._state_width
        log_step = features[..., -1:]
        encoded = self.encoder(features)
        remembered, memory = self.core(encoded, state[:layers, :, : self.width], log_step)
        hidden = self.head(torch.cat((encoded, remembered), dim=-1))
        poses = initial[..., :2].transpose(-1, -2).flatten(2)
        support = features[..., SUPPORT].repeat_interleave(6, dim=-1)
        averages, kept = _leaky_averages(
            poses, support, log_step, state[layers:, :, : BODY_COUNT * 6]
        )
        choices = torch.stack((poses, *averages), dim=2)
        choices = choices.reshape(*lead, 1 + len(AVERAGES_S), BODY_COUNT, 6)
        mix = torch.softmax(
            self.mix(hidden).reshape(*lead, 1 + len(AVERAGES_S), BODY_COUNT, 1), dim=2
        )
        residual = self.residual(hidden).reshape(*lead, BODY_COUNT, 6)
        columns = ((mix * choices).sum(dim=2) + residual).reshape(*lead, BODY_COUNT, 2, 3)
        contact, root = self.extra(hidden).split((CONTACT_COUNT, ROOT_COUNT), dim=-1)
        memory = functional.pad(memory, (0, width - self.width))
        kept = functional.pad(kept, (0, width - BODY_COUNT * 6))
        return orthonormal(columns), contact, root, torch.cat((memory, kept))


def _leaky_averages(
    poses: Tensor, support: Tensor, log_step: Tensor, state: Tensor
) -> tuple[list[Tensor], Tensor]:
    """Averages of ``poses (B, T, 132)`` over ``AVERAGES_S``; what is not seen does not count.

    ``state (A, B, 132)``. A joint that was never seen has an average of 0, which the sum with
    the pose itself makes harmless.
    """
    step_s = torch.exp(log_step) * _REFERENCE_STEP_S
    out: list[Tensor] = []
    ends: list[Tensor] = []
    for index, time_s in enumerate(AVERAGES_S):
        share = (1.0 - torch.exp(-step_s / time_s)) * support
        now = state[index]
        kept: list[Tensor] = []
        for frame in range(poses.shape[1]):
            now = now + share[:, frame] * (poses[:, frame] - now)
            kept.append(now)
        out.append(torch.stack(kept, dim=1))
        ends.append(now)
    return out, torch.stack(ends)


class GruCore(nn.Module):
    """Two gated recurrent layers; the time step is one of the features."""

    LAYERS: Final = 2

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.gru = nn.GRU(width, width, num_layers=self.LAYERS, batch_first=True)

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
