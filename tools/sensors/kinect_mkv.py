"""A recording as an Azure Kinect makes it (MKV), from pictures of one's own.

Enough of Matroska (RFC 9559) for Microsoft's SDK to open it without a device: colour as MJPG and
depth as big-endian 16 bits, both in Video-for-Windows tracks, the calibration as an attachment,
the SDK's tags, accelerometer samples in a subtitle track.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bridge.types import ByteArray, Intrinsics

_STEP_MS = 33
_COLOUR, _DEPTH, _IMU = 1, 2, 3
# Info, tracks, attachments, tags, cues.
_SOUGHT = tuple(bytes.fromhex(name) for name in (
    "1549A966", "1654AE6B", "1941A469", "1254C367", "1C53BB6B"))  # fmt: skip
_UNITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]


def write_kinect_mkv(
    path: Path,
    colour_bgr: Sequence[ByteArray],
    depth_mm: Sequence[np.ndarray],
    *,
    colour_camera: Intrinsics,
    depth_camera: Intrinsics,
    acceleration_m_s2: tuple[float, float, float] | None = None,
) -> None:
    """``colour_bgr (720, 1280, 3)`` and ``depth_mm (576, 640)`` uint16, one pair a 33 ms; both
    cameras at one place."""
    blocks = []
    for index, (colour, depth) in enumerate(zip(colour_bgr, depth_mm, strict=True)):
        _, jpeg = cv2.imencode(".jpg", colour)
        at_ms = index * _STEP_MS
        blocks.append((at_ms, _COLOUR, jpeg.tobytes()))
        blocks.append((at_ms, _DEPTH, depth.astype(">u2").tobytes()))
        if acceleration_m_s2 is not None:
            stamp_ns = at_ms * 1_000_000
            for step in range(4):
                time_ns = stamp_ns + step * 1_000_000
                blocks.append((at_ms + step, _IMU, struct.pack(
                    "<Q3fQ3f", time_ns, *acceleration_m_s2, time_ns, 0.0, 0.0, 0.0)))  # fmt: skip
    calibration = json.dumps(_calibration(colour_camera, depth_camera)).encode()
    tracks = [
        _video(_COLOUR, "COLOR", b"MJPG", colour_camera),
        _video(_DEPTH, "DEPTH", b"b16g", depth_camera),
    ]
    tags = {
        "K4A_DEVICE_SERIAL_NUMBER": "000000000000", "K4A_CALIBRATION_FILE": "calibration.json",
        "K4A_COLOR_MODE": "MJPG_720P", "K4A_DEPTH_MODE": "NFOV_UNBINNED",
        "K4A_COLOR_TRACK": str(_COLOUR), "K4A_DEPTH_TRACK": str(_DEPTH),
    }  # fmt: skip
    if acceleration_m_s2 is not None:
        tracks.append(_element(0xAE, _number(0xD7, _IMU) + _number(0x73C5, _IMU)
                               + _number(0x83, 0x11) + _text(0x536E, "IMU")
                               + _text(0x86, "S_K4A/IMU") + _number(0x9C, 0)))  # fmt: skip
        tags |= {"K4A_IMU_TRACK": str(_IMU), "K4A_IMU_MODE": "ON"}
    body = [
        _element(0x1549A966, _number(0x2AD7B1, 1_000_000) + _text(0x4D80, "made up")
                 + _text(0x5741, "made up")
                 + _element(0x4489, struct.pack(">d", len(colour_bgr) * _STEP_MS))),
        _element(0x1654AE6B, b"".join(tracks)),
        _element(0x1941A469, _element(0x61A7, _text(0x466E, "calibration.json")
                 + _text(0x4660, "application/octet-stream")
                 + _element(0x465C, calibration) + _number(0x46AE, 1))),
        _element(0x1254C367, b"".join(_tag(name, value) for name, value in tags.items())),
    ]  # fmt: skip
    head_bytes = len(_seek_head(body, 0))
    cues = b""
    for begin_ms in sorted({at_ms // 1000 * 1000 for at_ms, _, _ in blocks}):
        cluster = [b for b in blocks if begin_ms <= b[0] < begin_ms + 1000]
        place = head_bytes + sum(map(len, body))
        at = _number(0xF7, _COLOUR) + _number(0xF1, place)
        cues += _element(0xBB, _number(0xB3, begin_ms) + _element(0xB7, at))
        content = _number(0xE7, begin_ms)
        for at_ms, track, data in sorted(cluster, key=lambda block: block[0]):
            head = bytes([0x80 | track]) + struct.pack(">h", at_ms - begin_ms)
            content += _element(0xA0, _element(0xA1, head + b"\x00" + data))
        body.append(_element(0x1F43B675, content))
    body.append(_element(0x1C53BB6B, cues))
    header = _element(
        0x1A45DFA3,
        _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
        + _text(0x4282, "matroska") + _number(0x4287, 2) + _number(0x4285, 2),
    )  # fmt: skip
    segment = _seek_head(body, head_bytes) + b"".join(body)
    path.write_bytes(header + _element(0x18538067, segment))


def _seek_head(body: Sequence[bytes], head_bytes: int) -> bytes:
    """Where the first of each kind of element begins; as long whatever the places are."""
    places = dict.fromkeys(_SOUGHT, 0)
    at = head_bytes
    for element in body:
        places[element[:4]] = places.get(element[:4]) or at
        at += len(element)
    return _element(0x114D9B74, b"".join(
        _element(0x4DBB, _element(0x53AB, name) + _element(0x53AC, place.to_bytes(8, "big")))
        for name, place in places.items() if name in _SOUGHT))  # fmt: skip


def _element(identity: int, content: bytes) -> bytes:
    name = identity.to_bytes((identity.bit_length() + 7) // 8, "big")
    return name + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _number(identity: int, value: int) -> bytes:
    return _element(identity, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _text(identity: int, value: str) -> bytes:
    return _element(identity, value.encode())


def _video(number: int, name: str, code: bytes, camera: Intrinsics) -> bytes:
    size = camera.width * camera.height * 2
    private = struct.pack("<IiiHH4sIiiII", 40, camera.width, camera.height, 1, 16, code, size,
                          0, 0, 0, 0)  # fmt: skip
    picture = _number(0xB0, camera.width) + _number(0xBA, camera.height)
    return _element(
        0xAE,
        _number(0xD7, number) + _number(0x73C5, number) + _number(0x83, 1) + _text(0x536E, name)
        + _text(0x86, "V_MS/VFW/FOURCC") + _element(0x63A2, private) + _number(0x9C, 0)
        + _number(0x23E383, 33_333_333) + _element(0xE0, picture),
    )  # fmt: skip


def _tag(name: str, value: str) -> bytes:
    simple = _element(0x67C8, _text(0x45A3, name) + _text(0x4487, value))
    return _element(0x7373, _element(0x63C0, _number(0x68CA, 50)) + simple)


def _calibration(colour: Intrinsics, depth: Intrinsics) -> dict[str, Any]:
    """The device's own file, for lenses without distortion."""
    still = {"Rotation": _UNITY, "Translation": [0, 0, 0]}

    def camera(where: str, purpose: str, size: tuple[int, int], model: list[float]) -> Any:
        return {
            "Intrinsics": {
                "ModelParameterCount": 14, "ModelParameters": [*model, *([0.0] * 10)],
                "ModelType": "CALIBRATION_LensDistortionModelBrownConrady",
            },
            "Location": f"CALIBRATION_CameraLocation{where}", "MetricRadius": 1.7, "Rt": still,
            "Purpose": f"CALIBRATION_CameraPurpose{purpose}",
            "SensorWidth": size[0], "SensorHeight": size[1],
            "Shutter": "CALIBRATION_ShutterTypeUndefined",
            "ThermalAdjustmentParams": {"Params": [0] * 12},
        }  # fmt: skip

    def inertial(kind: str) -> Any:
        mixing = [value for v in _UNITY for value in (float(v), 0.0, 0.0, 0.0)]
        return {
            "SensorType": f"CALIBRATION_InertialSensorType_{kind}", "Rt": still,
            "BiasTemperatureModel": [0.0] * 12, "BiasUncertainty": [1e-4] * 3, "Id": "made up",
            "MixingMatrixTemperatureModel": mixing, "ModelTypeMask": 16, "Noise": [1e-3] * 6,
            "SecondOrderScaling": [0.0] * 9, "TemperatureBounds": [5, 60], "TemperatureC": 0,
        }  # fmt: skip

    # The colour picture is the middle 16:9 of a 4:3 sensor; the narrow depth picture begins at
    # (192, 180) of a square one of 1024.
    tall = colour.width * 3 // 4
    above = (tall - colour.height) / 2
    left, top = 192, 180
    cameras = [
        camera("D0", "Depth", (1024, 1024),
               [(depth.cx + left) / 1024, (depth.cy + top) / 1024, depth.fx / 1024,
                depth.fy / 1024]),
        camera("PV0", "PhotoVideo", (4096, 3072),
               [colour.cx / colour.width, (colour.cy + above) / tall, colour.fx / colour.width,
                colour.fy / tall]),
    ]  # fmt: skip
    return {
        "CalibrationInformation": {
            "Cameras": cameras,
            "InertialSensors": [inertial("Gyro"), inertial("Accelerometer")],
            "Metadata": {
                "SerialId": "000000000000", "FactoryCalDate": "1/1/2020 1:00:00 AM GMT",
                "Version": {"Major": 1, "Minor": 2}, "DeviceName": "AzureKinect-PV",
                "Notes": "made up",
            },
        }
    }  # fmt: skip
