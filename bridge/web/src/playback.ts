/**
 * Plays received poses on the display's clock.
 *
 * Poses arrive unevenly and at another rate than the screen draws. Each is shown a little late,
 * by about one interval and the usual unevenness, so that there are mostly two to interpolate
 * between; when none newer has come, the last one stays.
 */

import { Quaternion } from "three";
import { copyPose, decodeInto, restPose, type Pose } from "./pose";

const KEPT = 6;
const MAX_DELAY_MS = 120;
const FIRST_INTERVAL_MS = 33;
const MAX_INTERVAL_MS = 250; // a longer gap is a pause, not the rate
/** The clocks drift apart; without this an early lucky packet would count for ever. */
const LAG_RECOVERY = 0.002;
const SMOOTHING = 0.1;

export class Playback {
  private readonly poses: Pose[] = Array.from({ length: KEPT }, restPose);
  private count = 0;
  private lagMs = 0;
  private jitterMs = 0;
  private intervalMs = FIRST_INTERVAL_MS;
  received = 0;

  /** The newest pose as it came; null before the first. */
  get newest(): Pose | null {
    return this.count > 0 ? this.at(this.count - 1) : null;
  }

  /** Smoothing of arrival times that is in effect, milliseconds. */
  get delayMs(): number {
    return Math.min(MAX_DELAY_MS, this.intervalMs + 1.5 * this.jitterMs);
  }

  push(data: ArrayBuffer, nowMs: number): boolean {
    const slot = this.poses[this.count < KEPT ? this.count : 0]!;
    const last = this.newest;
    const lastTimeMs = last?.timeMs ?? 0;
    if (!decodeInto(slot, data)) return false;
    if (this.count === KEPT) this.poses.push(this.poses.shift()!);
    else this.count++;
    this.received++;
    const stepMs = slot.timeMs - lastTimeMs;
    const lagMs = nowMs - slot.timeMs;
    if (last === null || stepMs <= 0 || stepMs > 10 * MAX_INTERVAL_MS) {
      this.restartAt(slot, lagMs);
      return true;
    }
    if (stepMs < MAX_INTERVAL_MS) this.intervalMs += SMOOTHING * (stepMs - this.intervalMs);
    this.lagMs = Math.min(lagMs, this.lagMs + LAG_RECOVERY * stepMs);
    this.jitterMs += SMOOTHING * (lagMs - this.lagMs - this.jitterMs);
    return true;
  }

  /** Fills `out` with the pose for this instant; false before the first has come. */
  sample(out: Pose, nowMs: number): boolean {
    const newest = this.newest;
    if (newest === null) return false;
    const dueMs = nowMs - this.lagMs - this.delayMs;
    let after = this.count - 1;
    while (after > 0 && this.at(after - 1).timeMs > dueMs) after--;
    const b = this.at(after);
    if (after === 0 || dueMs >= b.timeMs) {
      copyPose(out, dueMs >= b.timeMs ? newest : b);
      return true;
    }
    const a = this.at(after - 1);
    mix(out, a, b, Math.max(0, (dueMs - a.timeMs) / (b.timeMs - a.timeMs)));
    return true;
  }

  private at(index: number): Pose {
    return this.poses[index]!;
  }

  /** The source began anew: forget what came before. */
  private restartAt(pose: Pose, lagMs: number): void {
    const kept = this.poses.indexOf(pose);
    this.poses.unshift(...this.poses.splice(kept, 1));
    this.count = 1;
    this.lagMs = lagMs;
    this.jitterMs = 0;
  }
}

function mix(out: Pose, a: Pose, b: Pose, share: number): void {
  out.state = b.state;
  out.sequence = b.sequence;
  out.timeMs = a.timeMs + share * (b.timeMs - a.timeMs);
  lerp(out.hipsM, a.hipsM, b.hipsM, share);
  lerp(out.weights, a.weights, b.weights, share);
  for (let at = 0; at < out.rotations.length; at += 4) {
    Quaternion.slerpFlat(
      out.rotations as unknown as number[], at, a.rotations as unknown as number[], at,
      b.rotations as unknown as number[], at, share,
    );
  }
}

function lerp(out: Float32Array, a: Float32Array, b: Float32Array, share: number): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + share * (b[i]! - a[i]!);
}
