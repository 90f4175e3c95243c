/** Count down, then let the daemon take the performer's pose or face as the reference. */

import { api } from "../api";
import { button, el } from "../dom";
import { field, type Field } from "../field";
import type { Context, Panel } from "./panel";

const COUNT_DOWN_S = 5;
const TAKING_S = 3; // what the daemon needs at most, after the count-down
const CAMERA_KEYS = [["solving", "camera_pitch_deg"], ["solving", "stature_m"]] as const;
const SVG = "http://www.w3.org/2000/svg";

interface Step {
  readonly kind: "body" | "face";
  readonly title: string;
  readonly text: string;
  readonly picture: string;
}

const STEPS: readonly Step[] = [
  {
    kind: "body",
    title: "Body: T-pose",
    text: "Stand upright facing the camera, whole body in view, arms straight out to the sides.",
    picture: "M60 14a9 9 0 1 1-.1 0M60 34v34M12 42h96M60 68l-14 44M60 68l14 44",
  },
  {
    kind: "face",
    title: "Face: neutral",
    text: "Look straight into the camera, mouth closed, eyes open, face relaxed.",
    picture: "M60 18a38 44 0 1 1-.1 0M46 54h2M72 54h2M48 82h24",
  },
];

export function calibrationPanel(context: Context): Panel {
  const camera = el("div", {});
  const fields: Field[] = [];
  context.settings.onChange(() => {
    if (fields.length === 0) {
      for (const path of CAMERA_KEYS) {
        const schema = context.settings.schema(path);
        if (schema) fields.push(field(context.settings, path, schema));
      }
      camera.append(...fields.map(({ element }) => element));
    }
    for (const one of fields) one.refresh();
  });
  return {
    title: "Calibrate",
    element: el(
      "div",
      {},
      ...STEPS.map((step) => card(context, step)),
      el("h3", { textContent: "Camera and performer" }),
      camera,
    ),
  };
}

function card({ say }: Context, step: Step): HTMLElement {
  const count = el("p", { className: "count", role: "timer", aria: { live: "assertive" } });
  let timer = 0;
  const start = button("Start", () => (timer ? cancel() : begin()));
  start.className = "primary";

  function stop(): void {
    clearInterval(timer);
    timer = 0;
    start.textContent = "Start";
  }

  function cancel(): void {
    stop();
    count.textContent = "";
    tell(0);
  }

  /** Whoever follows (`avatar-bridge obs follow`) hides the avatar meanwhile. */
  function tell(seconds: number): void {
    api.countDown(step.kind, seconds).catch((error: Error) => say(error.message, "error"));
  }

  function begin(): void {
    let left = COUNT_DOWN_S;
    tell(COUNT_DOWN_S + TAKING_S);
    count.textContent = String(left);
    start.textContent = "Cancel";
    timer = window.setInterval(() => {
      left -= 1;
      count.textContent = left > 0 ? String(left) : "Hold still";
      if (left <= 0) {
        stop();
        void take();
      }
    }, 1000);
  }

  async function take(): Promise<void> {
    try {
      const done = await api.calibrate(step.kind);
      count.textContent = "Done";
      say(done.text);
    } catch (error) {
      count.textContent = "Not taken";
      say((error as Error).message, "error");
    }
  }

  return el(
    "section",
    { className: "card" },
    picture(step),
    el("div", {}, el("h3", { textContent: step.title }), el("p", { textContent: step.text }), start),
    count,
  );
}

function picture(step: Step): HTMLElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 120 124");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", step.text);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", step.picture);
  svg.append(path);
  const holder = el("div", { className: "picture" });
  holder.append(svg);
  return holder;
}
