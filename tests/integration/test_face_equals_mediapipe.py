"""Given the same crop, our engine's face models say what MediaPipe's own graphs say.

MediaPipe's parts are run by themselves, so that the region is known: the Face Landmarker's
subgraphs of the Tasks API, and the mesh with attention of the older solutions.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bridge.skeleton import ARKIT_COUNT, ARKIT_NAMES
from bridge.tracking.engine.crop import crop_into
from bridge.tracking.engine.networks import EngineNetworks
from bridge.tracking.engine.regions import Region, face_region
from bridge.tracking.settings import TrackingSettings

pytestmark = [pytest.mark.shared_data, pytest.mark.filterwarnings("ignore")]  # MediaPipe's own

LIMIT = 1e-3  # share of the crop's side, and of a weight
PICTURES = {
    "video/woman_gestures_1280x720.mp4": (0, 40, 120),
    "video/signing_640x480_nc.mp4": (0, 70, 150),
    "photo/business_person.png": (0,),
}


def engine(models: Path | None) -> EngineNetworks:
    return EngineNetworks.load(
        TrackingSettings(models=str(models) if models else "", precision="f32")
    )


def face_pictures(shared_data: Callable[[str], Path]) -> Iterator[np.ndarray]:
    for name, numbers in PICTURES.items():
        capture = cv2.VideoCapture(str(shared_data(name)))
        for number in range(max(numbers) + 1):
            ok, image = capture.read()
            assert ok
            if number in numbers:
                yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def crops(
    shared_data: Callable[[str], Path], networks: EngineNetworks, size_px: int
) -> Iterator[np.ndarray]:
    """Faces cut out as the engine does it, of the size that a model takes."""
    for image in face_pictures(shared_data):
        networks.pose.reset()
        networks.face.forget()
        body = networks.pose.track(image, time_ns=0)
        assert body is not None
        found = networks.face.search(image, body.pixels)
        assert found is not None
        crop = np.zeros((size_px, size_px, 3), np.uint8)
        crop_into(crop, image, face_region(found.landmarks_px[:, :2]))
        yield crop


def whole_rectangle() -> Any:
    from mediapipe.framework.formats import rect_pb2
    from mediapipe.python import packet_creator

    rectangle = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1.0, height=1.0)
    return packet_creator.create_proto(rectangle)


def landmarks_of(packet: Any) -> np.ndarray:
    from mediapipe.framework.formats import landmark_pb2
    from mediapipe.python import packet_getter

    points = landmark_pb2.NormalizedLandmarkList()
    points.MergeFrom(packet_getter.get_proto(packet))
    return np.array([(p.x, p.y, p.z) for p in points.landmark])


def tasks_graph(bundle: Path) -> Any:
    """The Face Landmarker without its detector: crop to landmarks to weights."""
    import mediapipe as mp
    from mediapipe.framework import calculator_pb2
    from mediapipe.python._framework_bindings import task_runner
    from mediapipe.tasks.cc.vision.face_landmarker.proto import (
        face_blendshapes_graph_options_pb2 as blendshapes_pb2,
    )
    from mediapipe.tasks.cc.vision.face_landmarker.proto import (
        face_landmarks_detector_graph_options_pb2 as landmarks_pb2,
    )

    assert mp.__version__
    prefix = "mediapipe.tasks.vision.face_landmarker."
    config = calculator_pb2.CalculatorGraphConfig()
    config.input_stream.extend(["IMAGE:image", "NORM_RECT:region"])
    config.output_stream.extend(["NORM_LANDMARKS:landmarks", "BLENDSHAPES:weights"])
    with zipfile.ZipFile(bundle) as files:
        node = config.node.add(calculator=f"{prefix}SingleFaceLandmarksDetectorGraph")
        node.input_stream.extend(["IMAGE:image", "NORM_RECT:region"])
        node.output_stream.append("NORM_LANDMARKS:landmarks")
        detector = landmarks_pb2.FaceLandmarksDetectorGraphOptions
        node.options.Extensions[detector.ext].base_options.model_asset.file_content = files.read(
            "face_landmarks_detector.tflite"
        )
        node = config.node.add(calculator="ImagePropertiesCalculator")
        node.input_stream.append("IMAGE:image")
        node.output_stream.append("SIZE:size")
        node = config.node.add(calculator=f"{prefix}FaceBlendshapesGraph")
        node.input_stream.extend(["LANDMARKS:landmarks", "IMAGE_SIZE:size"])
        node.output_stream.append("BLENDSHAPES:weights")
        weights = blendshapes_pb2.FaceBlendshapesGraphOptions
        node.options.Extensions[weights.ext].base_options.model_asset.file_content = files.read(
            "face_blendshapes.tflite"
        )
    return task_runner.TaskRunner.create(config)


def test_the_bundle_equals_the_tasks_api(shared_data: Callable[[str], Path]) -> None:
    import mediapipe as mp
    from mediapipe.framework.formats import classification_pb2
    from mediapipe.python import packet_creator, packet_getter

    bundle = shared_data("models/face_landmarker.task")
    networks, graph = engine(bundle), tasks_graph(bundle)
    assert networks.blendshapes is not None
    count = 0
    for crop in crops(shared_data, networks, 256):
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=crop)
        packets = {"image": packet_creator.create_image(image), "region": whole_rectangle()}
        theirs = graph.process(packets)
        scores = classification_pb2.ClassificationList()
        scores.MergeFrom(packet_getter.get_proto(theirs["weights"]))
        their_weights = np.zeros(ARKIT_COUNT)
        for score in scores.classification:
            if score.label in ARKIT_NAMES:
                their_weights[ARKIT_NAMES.index(score.label)] = score.score
        ours = networks.face.network.landmarks(crop, Region(128.0, 128.0, 256.0, 0.0))
        assert ours is not None
        shares = ours.landmarks_px / 256.0
        assert np.abs(shares - landmarks_of(theirs["landmarks"])).max() <= LIMIT
        our_weights = networks.blendshapes.weights(ours.landmarks_px)
        assert our_weights.max() > 0.1
        assert np.abs(our_weights - their_weights).max() <= LIMIT
        count += 1
    graph.close()
    assert count == sum(len(numbers) for numbers in PICTURES.values())


def test_the_mesh_with_attention_equals_mediapipes(shared_data: Callable[[str], Path]) -> None:
    import mediapipe as mp
    from mediapipe.python import packet_creator

    networks = engine(None)
    if networks.blendshapes is not None:
        pytest.skip("this machine has fetched the bundle: the wheel's mesh is not used")
    text = """
        input_stream: "image" input_stream: "region" input_side_packet: "attention"
        output_stream: "landmarks"
        node { calculator: "FaceLandmarkCpu"
               input_stream: "IMAGE:image" input_stream: "ROI:region"
               input_side_packet: "WITH_ATTENTION:attention"
               output_stream: "LANDMARKS:landmarks" }
    """
    assert mp.solutions.face_mesh  # tells MediaPipe where its files are
    mp.solutions.face_mesh.FaceMesh(refine_landmarks=True).close()
    for crop in crops(shared_data, networks, 192):
        graph, got = mp.CalculatorGraph(graph_config=text), list[Any]()
        graph.observe_output_stream("landmarks", lambda _, packet, got=got: got.append(packet))
        graph.start_run({"attention": packet_creator.create_bool(True)})
        image = packet_creator.create_image_frame(
            image_format=mp.ImageFormat.SRGB, data=crop
        )  # fmt: skip
        graph.add_packet_to_input_stream("image", image.at(0))
        graph.add_packet_to_input_stream("region", whole_rectangle().at(0))
        graph.close_all_packet_sources()
        graph.wait_until_done()
        ours = networks.face.network.landmarks(crop, Region(96.0, 96.0, 192.0, 0.0))
        assert ours is not None
        off = np.abs(ours.landmarks_px / 192.0 - landmarks_of(got[0])).max()
        assert off <= LIMIT
