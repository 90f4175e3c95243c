/** Record what is captured, and play recordings back. */

import { api } from "../api";
import { button, el, labelled } from "../dom";
import type { Timeline } from "../protocol.gen";
import type { Context, Panel } from "./panel";

export function recordPanel({ say }: Context): Panel {
  const name = el("input", { type: "text", placeholder: "(date and time)", maxLength: 80 });
  const list = el("ul", { className: "recordings" });
  let recording = false;
  let paused = false;
  const toggle = button("Record", () => void attempt(startOrStop));
  toggle.className = "primary";
  const pause = button("Pause", () => void attempt(() => api.transport({ paused: !paused })));
  const position = el("input", {
    type: "range", min: "0", step: "0.1", value: "0", aria: { label: "Position, seconds" },
  });
  const shown = el("output", {});
  const player = el("div", { className: "player" }, position, shown, pause);
  const live = el("p", { className: "help", textContent: "A camera is live: nothing to replay." });
  /** What the slider was moved to, until the daemon is there. */
  let sought: number | null = null;
  position.oninput = () => {
    sought = Number(position.value);
    shown.textContent = clock(sought);
  };
  position.onchange = () =>
    void attempt(() => api.transport({ position_s: Number(position.value) })).then(() => {
      sought = null;
    });

  async function attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      await refresh();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  async function startOrStop(): Promise<void> {
    const done = recording ? await api.stopRecording() : await api.startRecording(name.value);
    say(recording ? `Saved ${done.text}` : `Recording ${done.text}`);
  }

  async function refresh(): Promise<void> {
    const found = await api.recordings();
    list.replaceChildren(
      ...found.map((file) =>
        el(
          "li",
          {},
          el("span", { textContent: file }),
          button("Play", () => void attempt(() => api.play(file)), `Play ${file}`),
        ),
      ),
    );
    if (found.length === 0) list.append(el("li", { textContent: "Nothing recorded yet." }));
  }

  function showTimeline(timeline: Timeline | null): void {
    player.hidden = timeline === null;
    live.hidden = timeline !== null;
    if (!timeline) return;
    paused = timeline.paused;
    pause.textContent = paused ? "Continue" : "Pause";
    if (sought !== null) return;
    const { position_s, duration_s } = timeline;
    position.disabled = duration_s === null;
    position.max = String(duration_s ?? 1);
    position.value = String(position_s);
    const end = duration_s === null ? "" : ` of ${clock(duration_s)}`;
    shown.textContent = `${clock(position_s)}${end}`;
  }

  return {
    title: "Record",
    element: el(
      "div",
      {},
      labelled("Name", name),
      toggle,
      el("h3", { textContent: "Replay" }),
      player,
      live,
      el("h3", { textContent: "Recordings" }),
      list,
    ),
    onShown: () => void attempt(async () => undefined),
    onMessage: (message) => {
      if (message.type === "session") showTimeline(message.timeline);
      if (message.type !== "status") return;
      recording = message.recording !== null;
      toggle.textContent = recording ? `Stop (${message.recording})` : "Record";
    },
  };
}

/** Minutes, seconds and tenths: 0:07.3. */
function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const whole = Math.floor(tenths / 10);
  const rest = String(whole % 60).padStart(2, "0");
  return `${Math.floor(whole / 60)}:${rest}.${tenths % 10}`;
}
