/** Draws fewer pixels while frames come late: for browsers that draw without a graphics card. */

const WINDOW_MS = 750;
const FIRST_WINDOWS = 3;
const LATE_MS = 18.5; // below 54 frames a second
const STEP = 0.8;
const LOWEST = 0.5; // coarser than this looks broken
const HELPED = 0.95; // what a step down must at least make of the time
const FIRST_PATIENCE_WINDOWS = 12;
const LONGEST_PATIENCE_WINDOWS = 400; // some minutes
const PAUSE_MS = 250; // the page was hidden or busy loading: says nothing of drawing

export class Resolution {
  /** Pixels drawn per pixel shown, along one side. */
  ratio = 1;
  private frames = 0;
  private totalMs = 0;
  private tried: "lower" | "higher" | null = null;
  private beforeMs = 0;
  private holdWindows = FIRST_WINDOWS; // loading is slow for other reasons
  private patienceWindows = FIRST_PATIENCE_WINDOWS;

  /** Count a frame that came `intervalMs` after the one before; true when `ratio` has changed. */
  count(intervalMs: number): boolean {
    if (intervalMs > PAUSE_MS) return false;
    this.frames++;
    this.totalMs += intervalMs;
    if (this.totalMs < WINDOW_MS) return false;
    const meanMs = this.totalMs / this.frames;
    this.frames = this.totalMs = 0;
    if (this.holdWindows > 0) {
      this.holdWindows--;
      return false;
    }
    const was = this.ratio;
    if (meanMs > LATE_MS) this.onLate(meanMs);
    else this.onTime();
    return this.ratio !== was;
  }

  private onLate(meanMs: number): void {
    if (this.tried === "lower" && meanMs > HELPED * this.beforeMs) {
      // Something else is slow, or the display is: do not spoil the picture for nothing.
      this.ratio = Math.min(1, this.ratio / STEP);
      this.hold();
    } else if (this.ratio > LOWEST) {
      this.ratio = Math.max(LOWEST, this.ratio * STEP);
      this.beforeMs = meanMs;
      this.tried = "lower";
    }
  }

  private onTime(): void {
    if (this.tried === "lower") {
      this.hold();
    } else if (this.ratio < 1) {
      this.ratio = Math.min(1, this.ratio / STEP);
      this.tried = "higher";
    }
  }

  /** Stay like this for a while, longer each time. */
  private hold(): void {
    this.tried = null;
    this.holdWindows = this.patienceWindows;
    this.patienceWindows = Math.min(LONGEST_PATIENCE_WINDOWS, 2 * this.patienceWindows);
  }
}
