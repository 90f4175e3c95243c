"""Make ``bridge/assets/demo.mcap``: landmarks of permissively licensed clips.

python -m tools.make_demo_recording --videos FOLDER

FOLDER holds the clips that ``bridge/assets/README.md`` names. Run again when the tracker improves.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from bridge.config import Config
from bridge.recording.writer import RecordingWriter
from bridge.resources import demo_recording
from bridge.sources.factory import open_source
from bridge.tracking.factory import open_tracker
from bridge.types import Frame, Stamp

# Face and one hand, then the whole body.
CLIPS = ("woman_gestures_1280x720.mp4", "basketball_1080x1920.mp4")
SOURCE_ID = "demo"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--videos", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--output", type=Path, default=demo_recording())
    arguments = parser.parse_args()
    partial = arguments.output.with_suffix(".part")
    writer = RecordingWriter(partial)
    sequence, clip_start_ns = 0, 0
    for clip in CLIPS:
        config = Config()
        # One tracker a clip: nothing of one performer leaks into the next.
        tracker = open_tracker(config.tracking)
        with open_source(str(arguments.videos / clip), settings=config.source) as source:
            step_ns = round(1e9 / (source.info.fps or 25.0))
            time_ns = clip_start_ns
            while isinstance(frame := source.read(), Frame):
                time_ns = clip_start_ns + frame.stamp.capture_time_ns
                seen = tracker.track(frame)
                writer.write(replace(seen, stamp=Stamp(sequence, time_ns, SOURCE_ID)))
                sequence += 1
        tracker.close()
        clip_start_ns = time_ns + step_ns
    writer.close()
    partial.replace(arguments.output)
    size_kb = arguments.output.stat().st_size / 1e3
    print(f"{arguments.output}: {sequence} frames, {clip_start_ns * 1e-9:.1f} s, {size_kb:.0f} kB")


if __name__ == "__main__":
    main()
