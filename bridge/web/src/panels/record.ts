/** Record what is captured, and play recordings back. */

import { api } from "../api";
import { button, el, labelled } from "../dom";
import type { Context, Panel } from "./panel";

export function recordPanel({ say }: Context): Panel {
  const name = el("input", { type: "text", placeholder: "(date and time)", maxLength: 80 });
  const list = el("ul", { className: "recordings" });
  let recording = false;
  let paused = false;
  const toggle = button("Record", () => void attempt(startOrStop));
  toggle.className = "primary";
  const pause = button("Pause", () => void attempt(pauseOrPlay));
  const position = el("input", { type: "range", min: "0", max: "60", step: "0.1", value: "0" });
  const shown = el("output", { textContent: "0.0 s" });
  position.oninput = () => {
    shown.textContent = `${Number(position.value).toFixed(1)} s`;
  };
  position.onchange = () =>
    void attempt(() => api.transport({ position_s: Number(position.value) }));

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

  async function pauseOrPlay(): Promise<void> {
    await api.transport({ paused: !paused });
    paused = !paused;
    pause.textContent = paused ? "Continue" : "Pause";
  }

  async function refresh(): Promise<void> {
    const found = await api.recordings();
    list.replaceChildren(
      ...found.map((file) =>
        el(
          "li",
          {},
          el("span", { textContent: file }),
          button("Play", () => void attempt(() => api.play(file))),
        ),
      ),
    );
    if (found.length === 0) list.append(el("li", { textContent: "Nothing recorded yet." }));
  }

  return {
    title: "Record",
    element: el(
      "div",
      {},
      labelled("Name", name),
      toggle,
      el("h3", { textContent: "Replay" }),
      el("div", { className: "number" }, position, shown),
      pause,
      el("h3", { textContent: "Recordings" }),
      list,
    ),
    onShown: () => void attempt(async () => undefined),
    onMessage: (message) => {
      if (message.type !== "status") return;
      recording = message.recording !== null;
      toggle.textContent = recording ? `Stop (${message.recording})` : "Record";
    },
  };
}
