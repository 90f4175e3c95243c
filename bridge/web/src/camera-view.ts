/** The camera picture with the landmarks on it. Off until asked for; only on the same machine. */

import type { Connection } from "./connection";
import type { Landmarks } from "./protocol.gen";

const COLOURS: Record<"body" | "left_hand" | "right_hand" | "face", string> = {
  body: "#ffd24a",
  left_hand: "#4ad0ff",
  right_hand: "#ff6fb5",
  face: "#9cff8f",
};
const SEEN = 0.3;

export class CameraView {
  readonly canvas = document.createElement("canvas");
  private picture: ImageBitmap | null = null;
  private landmarks: Landmarks | null = null;

  constructor(
    holder: HTMLElement,
    private readonly connection: () => Connection,
  ) {
    this.canvas.className = "camera";
    this.canvas.hidden = true;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Camera picture with landmarks");
    holder.append(this.canvas);
  }

  show(on: boolean): void {
    this.canvas.hidden = !on;
    if (!on) this.picture = null;
    this.connection().showPicture(on);
  }

  async onPicture(data: ArrayBuffer): Promise<void> {
    this.picture?.close();
    this.picture = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
    this.draw();
  }

  onLandmarks(landmarks: Landmarks): void {
    this.landmarks = landmarks;
    if (!this.picture) this.draw();
  }

  private draw(): void {
    const context = this.canvas.getContext("2d");
    const size = this.picture ?? this.landmarks;
    if (!context || !size || this.canvas.hidden) return;
    this.canvas.width = 480;
    this.canvas.height = Math.round((480 * size.height) / size.width);
    const { width, height } = this.canvas;
    context.fillStyle = "#10151c";
    context.fillRect(0, 0, width, height);
    if (this.picture) context.drawImage(this.picture, 0, 0, width, height);
    for (const [part, colour] of Object.entries(COLOURS)) {
      context.fillStyle = colour;
      const radius = part === "face" ? 1 : 2.5;
      for (const row of this.landmarks?.[part as keyof typeof COLOURS] ?? []) {
        const [x = 0, y = 0, confidence = 0] = row;
        if (confidence < SEEN) continue;
        context.beginPath();
        context.arc(x * width, y * height, radius, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }
}
