"""A run that the page can steer: assembles the pipeline, and again when a stage must be rebuilt."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bridge.assembly import assemble, open_receivers, open_recording
from bridge.config import Config
from bridge.errors import BridgeError, ConfigError, SinkError
from bridge.metrics import Metrics, Snapshot
from bridge.pipeline import Pipeline
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.rig import Rig, default_rig
from bridge.server.calibration import camera_pitch_deg
from bridge.server.control import ControlError
from bridge.server.files import builtin_avatar
from bridge.server.library import Library, default_folder
from bridge.server.live import (
    Lasting,
    LiveRetargeter,
    LiveSinks,
    LiveSolver,
    LiveSource,
    Recent,
)
from bridge.server.messages import Calibration, ConfigChanged, Notice, Session
from bridge.server.settings_store import SettingsStore
from bridge.server.thread import PageServer
from bridge.sinks.preview import PreviewSink
from bridge.sinks.recording import RecordingSink
from bridge.solving.face.calibration import save_calibration, with_neutral
from bridge.solving.face.measure import median_weights
from bridge.solving.solver import Solver

# A change in these needs new stages; the rest is exchanged between two poses.
_REBUILT_SECTIONS: Final = ("source", "tracking", "avatar")
_SENDING_SECTIONS: Final = ("vmc", "receivers", "output")
_WATCH_INTERVAL_S: Final = 0.1
_HELD_MAX: Final = 128  # more than any avatar has
_PAGE_PERFORMER: Final = "me"  # whose face the page calibrates when no performer is set


class LiveSession:
    """Implements ``Control``; ``run`` blocks on the main thread, the rest comes from the server."""

    def __init__(self, store: SettingsStore, *, realtime: bool) -> None:
        self.metrics = Metrics()
        self.preview = PreviewSink()
        self._store = store
        self._realtime = realtime
        self._lock = threading.Lock()
        self._pipeline: Pipeline | None = None
        self._source: LiveSource | None = None
        self._solver: LiveSolver | None = None
        self._retargeter: LiveRetargeter | None = None
        self._held: dict[str, float] = {}
        self._calibrating: tuple[Calibration, float] | None = None  # and until when
        self._recent = Recent()
        self._recorder = LiveSinks()
        self._receivers = LiveSinks()
        self._library = Library(Path(store.config.page.recordings or default_folder()))
        self._recording: str | None = None
        self._rebuild = threading.Event()
        self._stopped = threading.Event()
        self._running = self._store.config  # what the stages were last built from
        self.server = PageServer(store.config.page, self, self.preview)

    def run(self, *, max_moments: int | None = None) -> Snapshot:
        """Work until the source ends, ``stop`` or ``max_moments``; ``server`` has been started.

        Raises what ended the work.
        """
        watcher = threading.Thread(target=self._watch_file, name="settings", daemon=True)
        watcher.start()
        try:
            while True:
                pipeline = self._assemble()
                result = pipeline.run(max_moments=max_moments)
                if not self._rebuild.is_set() or self._stopped.is_set():
                    return result
        finally:
            self._stopped.set()
            self._recorder.close()
            self._receivers.close()
            self.preview.close()
            self.server.stop()

    def stop(self) -> None:
        """Ask ``run`` to finish; callable from a signal handler."""
        self._stopped.set()
        if self._pipeline is not None:
            self._pipeline.stop()

    def _assemble(self) -> Pipeline:
        """The pipeline of the present settings; if it cannot be built, of those before."""
        rebuilding = self._rebuild.is_set()
        self._rebuild.clear()
        config = wanted = self._store.config
        try:
            pipeline = assemble(_as_shown(config), realtime=self._realtime)
            self._notice("source", "")
        except BridgeError as error:
            if not rebuilding:
                raise
            self._notice("source", f"{error}. Going on as before", level="error")
            config = self._running
            pipeline = assemble(_as_shown(config), realtime=self._realtime)
        stages = pipeline.stages
        source = LiveSource(stages.source)
        solver = LiveSolver(stages.solver)
        retargeter = LiveRetargeter(stages.retargeter)
        ours = (self._receivers, self.preview, self._recorder, self._recent)
        pipeline.stages = replace(
            stages,
            source=source,
            solver=solver,
            retargeter=retargeter,
            sinks=[Lasting(sink) for sink in ours],
        )
        pipeline.metrics = self.metrics
        with self._lock:
            self._source, self._solver, self._retargeter = source, solver, retargeter
            retargeter.held = dict(self._held)
            self._receivers.put(stages.sinks)
            self._running = config
            self._pipeline = pipeline
            if self._store.config is not wanted:  # changed while the stages were built
                self._apply_or_tell(self._store.config)
        if self._stopped.is_set():
            pipeline.stop()
        return pipeline

    # Settings.

    def settings(self) -> dict[str, Any]:
        """The effective settings as JSON values."""
        return self._store.config.model_dump(mode="json")

    def settings_file(self) -> str:
        """Where ``save`` writes."""
        return str(self._store.file)

    def unsaved(self) -> bool:
        """Whether settings were changed and not saved."""
        return self._store.unsaved

    def change(self, path: Sequence[str], value: Any) -> None:
        """Apply one setting at once. Raises ``ConfigError``."""
        with self._lock, self._store.all_or_nothing():
            self._apply(self._store.change(path, value))

    def reset(self, path: Sequence[str]) -> None:
        """Back to the default. Raises ``ConfigError``."""
        with self._lock, self._store.all_or_nothing():
            self._apply(self._store.reset(path))

    def save(self) -> None:
        """Write the changes to the file. Raises ``ConfigError``."""
        with self._lock:
            self._store.save()

    def _apply(self, config: Config) -> None:
        """Put settings into use. Raises ``ConfigError``; then those before stay in use."""
        before = self._running
        if _differ(config, before, _REBUILT_SECTIONS):
            self._restart()
            return
        if _differ(config, before, _SENDING_SECTIONS):
            self._exchange_receivers(config)
        if config.retarget != before.retarget and self._retargeter is not None:
            self._retargeter.apply(config.retarget)
        if config.solving != before.solving and self._solver is not None:
            self._solver.inner = Solver(config.solving)
        self._running = config

    def _apply_or_tell(self, config: Config) -> None:
        try:
            self._apply(config)
        except ConfigError as error:
            self._notice("settings", f"{error}\nThe receivers before stay in use", level="error")

    def _exchange_receivers(self, config: Config) -> None:
        pipeline, rest = self._pipeline, self._rig().rest
        if pipeline is None:
            return  # the first one is being built
        try:
            sinks = open_receivers(config, rest=rest, paced=pipeline.paced)
        except SinkError as error:
            raise ConfigError(f"page: receivers: {error}") from error
        self._receivers.put(sinks)

    def _restart(self) -> None:
        self._rebuild.set()
        self._recent.close()
        if self._source is not None:
            self._source.paused = False  # or its reader would be waited for
        if self._pipeline is not None:
            self._pipeline.stop()

    def _watch_file(self) -> None:
        """Edits of the settings file by hand take effect, faults are shown."""
        while not self._stopped.wait(_WATCH_INTERVAL_S):
            try:
                with self._lock, self._store.all_or_nothing():
                    config = self._store.reread()
                    if config is None:
                        continue
                    self._apply(config)
            except ConfigError as error:
                self._notice("settings", f"{error}\nThe settings before stay in use", level="error")
                continue
            self._notice("settings", "")
            self.server.announce(ConfigChanged())

    def _notice(self, topic: str, text: str, *, level: str = "info") -> None:
        self.server.announce(Notice.model_validate({"topic": topic, "text": text, "level": level}))

    # State.

    def snapshot(self) -> Snapshot:
        """The pipeline's measurements."""
        return self.metrics.snapshot()

    def receiver(self) -> str:
        """Where poses are sent."""
        running = self._running
        return ", ".join(one.address for one in (running.vmc, *running.receivers))

    def hips_height_m(self) -> float:
        """Of the rig at rest that poses are given in."""
        return self._rig().hips_height_m

    def _rig(self) -> Rig:
        inner = self._retargeter.inner if self._retargeter is not None else None
        return inner.rig if isinstance(inner, Retargeter) else default_rig()

    def session(self) -> Session:
        """What the user has set going."""
        kind, until_s = self._calibrating or (None, 0.0)
        return Session(
            held=self._held,
            calibrating=kind if time.monotonic() < until_s else None,
            timeline=self._source.timeline() if self._source is not None else None,
        )

    def hold(self, expression: str, value: float | None) -> None:
        """Send an expression at this value until None lets it go. Raises ``ControlError``."""
        with self._lock:
            held = {name: was for name, was in self._held.items() if name != expression}
            if value is not None:
                if len(held) >= _HELD_MAX:
                    raise ControlError(f"{_HELD_MAX} expressions are held already; release some")
                held[expression] = value
            self._held = held
            if self._retargeter is not None:
                self._retargeter.held = held

    def announce_calibration(self, kind: Calibration, *, seconds: float) -> None:
        """A count-down has begun; 0 seconds: it was called off."""
        self._calibrating = (kind, time.monotonic() + seconds) if seconds > 0 else None

    def calibrate(self, kind: Calibration) -> str:
        """Take the performer's present pose or face as the reference. Raises ``ControlError``."""
        self._calibrating = None
        observations = self._recent.observations()
        if kind == "body":
            pitch_deg = round(camera_pitch_deg(observations), 1)
            self.change(["solving", "camera_pitch_deg"], pitch_deg)
            way = "down" if pitch_deg >= 0 else "up"
            return f"the camera looks {abs(pitch_deg):g}° {way}"
        neutral = median_weights(observations, self._running.solving.face)
        if neutral is None:
            raise ControlError("no face is in view; look into the camera, then try again")
        performer = self._running.solving.face.performer or _PAGE_PERFORMER
        save_calibration(performer, with_neutral(performer, neutral))
        if performer != self._running.solving.face.performer:
            self.change(["solving", "face", "performer"], performer)
        return f"this face is now neutral for '{performer}'"

    # Recording and replay.

    def recording(self) -> str | None:
        """Name of the recording being written."""
        return self._recording

    def record_to(self, path: Path) -> None:
        """Begin to write ``path``, before or while the pipeline runs. Raises ``SinkError``."""
        self._recorder.put([open_recording(path)])
        self._recording = path.name

    def start_recording(self, name: str) -> str:
        """Begin to write a recording. Raises ``ControlError`` and ``SinkError``."""
        with self._lock:
            if self._recording is not None:
                raise ControlError(f"{self._recording} is being recorded; stop it first")
            file = self._library.new(name)
            self._recorder.put([RecordingSink(file)])
            self._recording = file.name
            return file.name

    def stop_recording(self) -> str:
        """Finish the recording. Raises ``ControlError``."""
        with self._lock:
            name, self._recording = self._recording, None
            if name is None:
                raise ControlError("nothing is being recorded")
            self._recorder.close()
            return name

    def recordings(self) -> list[str]:
        """File names of finished recordings, newest first."""
        return [name for name in self._library.files() if name != self._recording]

    def play(self, name: str) -> None:
        """Replay a recording. Raises ``ControlError``."""
        if self._recording is not None:
            raise ControlError(f"{self._recording} is being recorded; stop it first")
        file = self._library.files().get(name)
        if file is None:
            raise ControlError(f"no finished recording is named {name}")
        with self._lock:
            self._store.change(["source", "loop"], True, keep=False)
            self._apply(self._store.change(["source", "spec"], str(file), keep=False))

    def transport(self, *, paused: bool | None, position_s: float | None) -> None:
        """Pause, continue or seek a file source. Raises ``BridgeError``."""
        source = self._source
        if source is None or source.info.live:
            raise ControlError("a camera can be neither paced nor sought")
        if position_s is not None:
            source.seek(position_s)
        if paused is not None:
            source.paused = paused


def _differ(one: Config, other: Config, sections: Sequence[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in sections)


def _as_shown(config: Config) -> Config:
    """Where no avatar is named the page shows the built-in one: motion is fitted to it."""
    if config.avatar is not None:
        return config
    return config.model_copy(update={"avatar": builtin_avatar()})
