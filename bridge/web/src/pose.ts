/** One decoded pose frame. Layout: bridge/sinks/preview_frame.py. */

import {
  BONES,
  EXPRESSIONS,
  FRAME_BYTES,
  FRAME_VERSION,
  HEADER_BYTES,
  QUATERNION_SCALE,
  STATES,
  WEIGHT_SCALE,
} from "./protocol.gen";

export type TrackingState = (typeof STATES)[number];

/** Rotations are x y z w for each of `BONES`; weights 0–1 for each of `EXPRESSIONS`. */
export interface Pose {
  state: TrackingState;
  sequence: number;
  /** The daemon's clock, milliseconds. */
  timeMs: number;
  readonly hipsM: Float32Array;
  readonly rotations: Float32Array;
  readonly weights: Float32Array;
}

const VALUES_PER_ROTATION = 4;
const BYTES_PER_VALUE = 2;

/** An empty pose to decode or interpolate into, so that playing makes no garbage. */
export function restPose(): Pose {
  const rotations = new Float32Array(BONES.length * VALUES_PER_ROTATION);
  for (let bone = 0; bone < BONES.length; bone++) rotations[bone * 4 + 3] = 1;
  return {
    state: "lost",
    sequence: 0,
    timeMs: 0,
    hipsM: new Float32Array(3),
    rotations,
    weights: new Float32Array(EXPRESSIONS.length),
  };
}

/** Fills `pose`; false when the bytes are not a frame of this version. */
export function decodeInto(pose: Pose, data: ArrayBuffer): boolean {
  if (data.byteLength !== FRAME_BYTES) return false;
  const view = new DataView(data);
  const state = STATES[view.getUint8(1)];
  if (view.getUint8(0) !== FRAME_VERSION || state === undefined) return false;
  pose.state = state;
  pose.sequence = view.getUint32(4, true);
  pose.timeMs = view.getFloat64(8, true);
  for (let axis = 0; axis < 3; axis++) pose.hipsM[axis] = view.getFloat32(16 + axis * 4, true);
  let at = HEADER_BYTES;
  for (let i = 0; i < pose.rotations.length; i++, at += BYTES_PER_VALUE) {
    pose.rotations[i] = view.getInt16(at, true) / QUATERNION_SCALE;
  }
  for (let i = 0; i < pose.weights.length; i++, at++) {
    pose.weights[i] = view.getUint8(at) / WEIGHT_SCALE;
  }
  return true;
}

export function copyPose(to: Pose, from: Pose): void {
  to.state = from.state;
  to.sequence = from.sequence;
  to.timeMs = from.timeMs;
  to.hipsM.set(from.hipsM);
  to.rotations.set(from.rotations);
  to.weights.set(from.weights);
}
