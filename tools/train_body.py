"""Trains the body network and exports it; one command, one seed.

    python -m tools.train_body --output models/body
    python -m tools.train_body --kind ssm --minutes 10 --output /somewhere/else

Reads the training clips of ``tools/mocap/split.toml``; uses a GPU if torch finds one. The state
after the last step is kept in ``<output>/checkpoint.pt``; ``--resume`` goes on from there.
"""

from __future__ import annotations

import argparse
import copy
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from tools.body_network.batches import Batch, make_batch
from tools.body_network.export import export_weights
from tools.body_network.losses import Targets, body_loss
from tools.body_network.models import BodyNetwork, make_network
from tools.body_network.motion_windows import WindowSampler
from tools.mocap.dataset import DEFAULT_MOCAP_FOLDER, Split, clips

BATCH: Final = 16
FRAMES: Final = 64
WIDTH: Final = 160
LEARNING_RATE: Final = 1.5e-3
LEARNING_RATE_END: Final = 2e-5
WEIGHT_DECAY: Final = 1e-4
GRADIENT_NORM_MAX: Final = 1.0
LOG_EVERY: Final = 100
CHECKPOINT_EVERY: Final = 500
VALIDATION_BATCHES: Final = 12
AVERAGE_STEPS: Final = 500  # the weights that are kept are a running mean over about so many
QUEUED_BATCHES: Final = 8


def batches(split: Split, *, folder: Path, seed: int) -> Iterator[Batch]:
    """Endless batches of a split."""
    rng = np.random.default_rng(seed)
    sampler = WindowSampler([clip.load() for clip in clips(folder, split=split)], rng=rng)
    while True:
        yield make_batch(sampler.draw(BATCH, FRAMES), rng=rng)


def _produce(queue: Queue[Batch], folder: Path, seed: int) -> None:
    for batch in batches(Split.TRAINING, folder=folder, seed=seed):
        queue.put(batch)


def batches_beside(*, folder: Path, seed: int) -> Iterator[Batch]:
    """Endless training batches, made by another process while this one computes."""
    queue: Queue[Batch] = multiprocessing.Queue(QUEUED_BATCHES)
    multiprocessing.Process(target=_produce, args=(queue, folder, seed), daemon=True).start()
    while True:
        yield queue.get()


def step_loss(
    network: BodyNetwork, batch: Batch, device: torch.device, *, half: bool = False
) -> tuple[Tensor, dict[str, float]]:
    """Run the network over a batch from its starting state; ``half``: its matrix products in
    bfloat16."""
    features, initial, target, contact, root, weight, dt_s = (
        torch.from_numpy(np.ascontiguousarray(array)).to(device)
        for array in (
            batch.features, batch.initial, batch.target, batch.contact, batch.root,
            batch.root_weight, batch.dt_s,
        )
    )  # fmt: skip
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        rotations, contacts, roots, _ = network(
            features, initial, network.start(len(features)).to(device)
        )
    targets = Targets(target, contact, root, weight, dt_s)
    return body_loss(
        rotations.float(), contacts.float(), roots.float(), features=features, targets=targets
    )


def train(arguments: argparse.Namespace) -> None:
    """The whole run: until ``--steps`` or ``--minutes``, whichever comes first."""
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = make_network(arguments.kind, width=arguments.width).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    arguments.output.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.output / "checkpoint.pt"
    first = 0
    if arguments.resume:
        saved = torch.load(checkpoint, map_location=device)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        first = saved["step"]
    average = copy.deepcopy(network)
    if arguments.resume:
        average.load_state_dict(saved["average"])
    source = batches_beside(folder=arguments.folder, seed=arguments.seed + first)
    exam = batches(Split.VALIDATION, folder=arguments.folder, seed=1)
    exams = [next(exam) for _ in range(VALIDATION_BATCHES)]
    weights = sum(p.numel() for p in network.parameters())
    print(f"{arguments.kind}, width {arguments.width}, {weights} weights, {device}", flush=True)
    begun = time.monotonic()
    sums: dict[str, float] = {}
    step = first
    while True:
        spent = (time.monotonic() - begun) / (60.0 * arguments.minutes)
        done = max(spent, (step - first) / arguments.steps)
        if done >= 1.0:
            break
        rate = LEARNING_RATE_END + 0.5 * (arguments.rate - LEARNING_RATE_END) * (
            1.0 + np.cos(np.pi * done)
        )
        for group in optimiser.param_groups:
            group["lr"] = float(rate) * min(1.0, (step + 1) / 100)
        loss, parts = step_loss(network, next(source), device, half=True)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM_MAX)
        optimiser.step()
        step += 1
        _follow(average, network, share=max(1.0 / AVERAGE_STEPS, 1.0 / (step - first)))
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value / LOG_EVERY
        if step % LOG_EVERY == 0:
            listed = " ".join(f"{name} {value:.4f}" for name, value in sums.items())
            print(f"{step:6d} {done:6.1%} {time.monotonic() - begun:6.0f} s {listed}", flush=True)
            sums = {}
        if step % CHECKPOINT_EVERY == 0:
            _save(network, average, optimiser, step, checkpoint)
            _examine(average, exams, device, step)
    _save(network, average, optimiser, step, checkpoint)
    _examine(average, exams, device, step)
    if arguments.kind == "ssm":  # the other is for comparison alone
        export_weights(average.to("cpu"), arguments.output / "weights.npz")


def _follow(average: BodyNetwork, network: BodyNetwork, *, share: float) -> None:
    with torch.no_grad():
        for kept, now in zip(average.parameters(), network.parameters(), strict=True):
            kept.lerp_(now, share)


def _examine(network: BodyNetwork, exams: list[Batch], device: torch.device, step: int) -> None:
    network.eval()
    with torch.no_grad():
        parts = [step_loss(network, batch, device)[1] for batch in exams]
    network.train()
    listed = " ".join(f"{k} {np.mean([p[k] for p in parts]):.4f}" for k in parts[0])
    print(f"{step:6d} validation: {listed}", flush=True)


def _save(
    network: BodyNetwork,
    average: BodyNetwork,
    optimiser: torch.optim.Optimizer,
    step: int,
    path: Path,
) -> None:
    state = {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=DEFAULT_MOCAP_FOLDER)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--kind", choices=("gru", "ssm"), default="ssm")
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--minutes", type=float, default=240.0)
    parser.add_argument("--steps", type=int, default=35_500)
    parser.add_argument("--rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
