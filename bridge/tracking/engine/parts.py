"""Cutting a model in two, so that each half runs in its own number format.

Where bfloat16 is used throughout, most of its error comes from few layers: in the hand model from
the first, in the pose model from the last. ``python -m tools.evaluate_precision`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import openvino as ov


class Exact(Enum):
    """The layers of a model that keep 32 bits where the device may choose a shorter format."""

    NONE = "none"
    STEM = "stem"
    """The first layers, down to a quarter of the picture's side."""
    HEAD = "head"
    """The last layers, from 1/64 of the picture's side on."""
    ALL = "all"


_MODEL: Final[Any] = ov.Model  # its type stubs contradict one another
_STEM_SIDE_SHARE: Final = 1.0 / 4.0
_HEAD_SIDE_SHARE: Final = 1.0 / 64.0


@dataclass(frozen=True, slots=True)
class Halves:
    """``first``'s output 0 is ``second``'s input. ``outputs``: for each output of the whole, the
    half (0 or 1) that gives it, and its number there."""

    first: Any
    second: Any
    outputs: tuple[tuple[int, int], ...]


def cut_in_two(model: Any, exact: Exact) -> Halves | None:
    """The halves of ``model`` at the border that ``exact`` names; None where it has no such border.

    ``model`` takes one picture ``(1, H, W, 3)`` and is left as it is.
    """
    border = _border(model, exact)
    if border is None:
        return None
    first, second = model.clone(), model.clone()
    end, start = _named(first, border).output(0), _named(second, border).output(0)
    later = _depending_on(model, border)
    is_later = [result.get_friendly_name() in later for result in model.get_results()]
    early = [r.input(0).get_source_output() for r in _chosen(first.get_results(), is_later, False)]
    parameter = ov.opset13.parameter(list(start.shape), start.element_type)
    for reader in list(start.get_target_inputs()):
        reader.replace_source_output(parameter.output(0))
    numbers = [1, 0]  # the next output of each half; the first half's own begin behind the border
    outputs: list[tuple[int, int]] = []
    for half in is_later:
        outputs.append((int(half), numbers[half]))
        numbers[half] += 1
    return Halves(
        _MODEL([end, *early], first.get_parameters(), "first"),
        _MODEL(_chosen(second.get_results(), is_later, True), [parameter], "second"),
        tuple(outputs),
    )


def _border(model: Any, exact: Exact) -> str | None:
    """Name of the operation whose result is all that the second half needs."""
    graph = _Graph(model)
    side = int(model.input().shape[1])
    if exact is Exact.STEM:
        places = [
            (-channels * inner * inner, op)
            for op, channels, inner in graph.squares()
            if inner >= side * _STEM_SIDE_SHARE and graph.parts_all(op)
        ]
        return graph.names[max(places)[1]] if places else None  # where the least is handed over
    if exact is Exact.HEAD:
        places = [
            op
            for op, _, inner in graph.squares()
            if inner <= side * _HEAD_SIDE_SHARE and graph.parts(op)
        ]
        return graph.names[places[0]] if places else None
    return None


class _Graph:
    """The operations that depend on the picture, by number in an order in which they can run."""

    def __init__(self, model: Any) -> None:
        (parameter,) = model.get_parameters()
        moving = _depending_on(model, parameter.get_friendly_name())
        self._ops = [op for op in model.get_ordered_ops() if op.get_friendly_name() in moving]
        self.names: list[str] = [op.get_friendly_name() for op in self._ops]
        number = {name: index for index, name in enumerate(self.names)}
        self._sources = [[number[n] for n in _sources(op) if n in number] for op in self._ops]
        self._results = {i for i, op in enumerate(self._ops) if op.get_type_name() == "Result"}

    def squares(self) -> Iterator[tuple[int, int, int]]:
        """Operations whose result is ``(1, C, N, N)``, with C and N."""
        for number, op in enumerate(self._ops):
            shape = tuple(op.output(0).shape)
            if number not in self._results and len(shape) == 4 and shape[2] == shape[3]:
                yield number, int(shape[1]), int(shape[2])

    def parts(self, op: int) -> bool:
        """Whether what depends on ``op`` needs nothing else that depends on the picture."""
        later = self._later(op)
        return all(source in later for one in later - {op} for source in self._sources[one])

    def parts_all(self, op: int) -> bool:
        """Whether moreover every output depends on ``op``."""
        return self._results <= self._later(op) and self.parts(op)

    def _later(self, op: int) -> set[int]:
        later = {op}
        for number in range(op + 1, len(self._ops)):
            if any(source in later for source in self._sources[number]):
                later.add(number)
        return later


def _depending_on(model: Any, name: str) -> set[str]:
    """Names of the operations that need the one named, itself among them."""
    found = {name}
    for op in model.get_ordered_ops():
        if any(source in found for source in _sources(op)):
            found.add(op.get_friendly_name())
    return found


def _sources(op: Any) -> list[str]:
    return [i.get_source_output().get_node().get_friendly_name() for i in op.inputs()]


def _named(model: Any, name: str) -> Any:
    return next(op for op in model.get_ordered_ops() if op.get_friendly_name() == name)


def _chosen(results: Sequence[Any], is_later: Sequence[bool], wanted: bool) -> list[Any]:
    return [one for one, later in zip(results, is_later, strict=True) if later is wanted]
