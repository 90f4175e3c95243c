"""Every JSON message of the web socket, and the version they share with the pose frames.

The page's types are generated from here: ``python -m tools.make_protocol_types``.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bridge.metrics import Snapshot

PROTOCOL_VERSION: Final = 1
Calibration = Literal["body", "face"]


class Message(BaseModel):
    """Base of all messages: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Hello(Message):
    """First message of a connection."""

    type: Literal["hello"] = "hello"
    protocol: int
    version: str
    hips_height_m: float
    """Height of the hips at rest in the rig that poses are given in, metres."""
    picture_allowed: bool
    """Whether this client may ask for the camera picture (it runs on the same machine)."""


class StageCost(Message):
    """Time of one stage over the last seconds."""

    name: str
    p50_ms: float
    p95_ms: float


class PartSeen(Message):
    """How surely one part of the performer is tracked."""

    name: str
    confidence: float


class Status(Message):
    """Sent a few times a second."""

    type: Literal["status"] = "status"
    source: str
    state: Literal["tracked", "held", "lost", "none"]
    fps: float
    moments: int
    dropped: int
    faults: int
    last_fault: str | None
    age_p50_ms: float
    """From capture to sent, milliseconds."""
    age_p95_ms: float
    stages: list[StageCost]
    parts: list[PartSeen]
    receiver: str
    recording: str | None
    clients: int
    cpu_percent: float
    """Of one core, by the whole program."""
    slowed: str | None
    """Which parts are tracked less often now, and why; null while all are in each picture."""


class Timeline(Message):
    """Where a file that is played has come to."""

    position_s: float
    duration_s: float | None
    """Null where the file does not say."""
    paused: bool


class Session(Message):
    """What the user has set going, sent with each ``Status``."""

    type: Literal["session"] = "session"
    held: dict[str, float]
    """Expressions that are held at a value, whatever the performer does."""
    calibrating: Calibration | None
    """What is about to be calibrated: the performer poses for it, not for the audience."""
    timeline: Timeline | None
    """Null while the source is live."""


class Notice(Message):
    """Something the user should know, in plain words; an empty text takes it back."""

    type: Literal["notice"] = "notice"
    level: Literal["info", "warning", "error"]
    topic: str
    text: str


class Landmarks(Message):
    """Where landmarks lie in the camera picture: rows of x, y in 0–1 and confidence."""

    type: Literal["landmarks"] = "landmarks"
    width: int
    height: int
    body: list[list[float]]
    left_hand: list[list[float]]
    right_hand: list[list[float]]
    face: list[list[float]]


class ConfigChanged(Message):
    """Settings were changed, here or by another client: read them again."""

    type: Literal["config_changed"] = "config_changed"


class Watch(Message):
    """From the page: what else to send to this client."""

    type: Literal["watch"] = "watch"
    picture: bool


ServerMessage = Annotated[
    Hello | Status | Session | Notice | Landmarks | ConfigChanged, Field(discriminator="type")
]
ClientMessage = Watch
PARSE_CLIENT: Final[TypeAdapter[Watch]] = TypeAdapter(Watch)


def status_message(
    snapshot: Snapshot, *, receiver: str, recording: str | None, clients: int, cpu_percent: float
) -> Status:
    """The pipeline's measurements as a message."""
    return Status(
        source=snapshot.source_id,
        state=snapshot.state.value if snapshot.state is not None else "none",
        fps=round(snapshot.fps, 2),
        moments=snapshot.moments,
        dropped=snapshot.dropped,
        faults=snapshot.faults,
        last_fault=snapshot.last_fault,
        age_p50_ms=round(snapshot.age_ms.p50_ms, 2),
        age_p95_ms=round(snapshot.age_ms.p95_ms, 2),
        stages=[
            StageCost(name=name, p50_ms=round(cost.p50_ms, 3), p95_ms=round(cost.p95_ms, 3))
            for name, cost in snapshot.stages.items()
        ],
        parts=[
            PartSeen(name=name, confidence=round(confidence, 3))
            for name, confidence in snapshot.parts.items()
        ],
        receiver=receiver,
        recording=recording,
        clients=clients,
        cpu_percent=round(cpu_percent, 1),
        slowed=snapshot.slowed,
    )
