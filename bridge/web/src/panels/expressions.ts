/** The mixer: a bar for every weight as it is sent, and a slider to hold one at a value. */

import { api } from "../api";
import type { Avatar } from "../avatar";
import { button, el } from "../dom";
import { EXPRESSIONS, type Session } from "../protocol.gen";
import type { Context, Panel } from "./panel";

const SEND_INTERVAL_MS = 50; // while a slider is dragged

interface Row {
  readonly name: string;
  readonly index: number;
  readonly element: HTMLElement;
  readonly meter: HTMLMeterElement;
  readonly output: HTMLOutputElement;
  readonly slider: HTMLInputElement;
  readonly release: HTMLButtonElement;
}

export function expressionsPanel({ stage, say }: Context): Panel {
  const list = el("div", { className: "mixer" });
  const hint = el("p", {
    className: "help",
    textContent:
      "Bars show what is sent. Move a slider to hold an expression, whatever your face does, here, " +
      "in OBS and in the receiver; × lets it go.",
  });
  const releaseAll = button("Release all", () => rows.forEach(({ name }) => hold(name, null)));
  let rows: Row[] = [];
  let shownFor: Avatar | null = null;
  let held: Session["held"] = {};
  const waiting = new Map<string, number | null>();
  let sending = false;

  /** While one is on its way, only the newest of each expression waits. */
  function hold(name: string, value: number | null): void {
    if (value === null && !(name in held) && !waiting.has(name)) return;
    stage.avatar?.override(name, value);
    waiting.set(name, value);
    if (!sending) void send();
  }

  async function send(): Promise<void> {
    sending = true;
    while (waiting.size > 0) {
      const [name, value] = waiting.entries().next().value!;
      waiting.delete(name);
      try {
        await api.hold(name, value);
      } catch (error) {
        say((error as Error).message, "error");
      }
      await new Promise((resolve) => setTimeout(resolve, SEND_INTERVAL_MS));
    }
    sending = false;
  }

  function row(name: string): Row {
    const index = EXPRESSIONS.findIndex((one) => one.toLowerCase() === name.toLowerCase());
    const sent = index >= 0 ? EXPRESSIONS[index]! : name;
    const meter = el("meter", { min: 0, max: 1, value: 0, aria: { label: `${name} sent` } });
    const output = el("output", { textContent: "0.00" });
    const slider = el("input", {
      type: "range", min: "0", max: "1", step: "0.01", value: "0", aria: { label: `Hold ${name}` },
    });
    const release = button("×", () => hold(sent, null), `Release ${name}`);
    slider.oninput = () => hold(sent, Number(slider.value));
    const element = el(
      "div", { className: "mix" }, el("span", { textContent: name, title: name }), meter, output,
      slider, release,
    );
    return { name: sent, index, element, meter, output, slider, release };
  }

  function showHeld(): void {
    if (sending) return; // what is being dragged is ahead of what the daemon tells
    for (const { name, slider, release, element } of rows) {
      const value = held[name];
      if (document.activeElement !== slider || value === undefined) {
        slider.value = String(value ?? 0);
      }
      release.disabled = value === undefined;
      element.classList.toggle("held", value !== undefined);
    }
    releaseAll.disabled = Object.keys(held).length === 0;
  }

  return {
    title: "Face",
    element: el("div", {}, hint, releaseAll, list),
    onMessage: (message) => {
      if (message.type !== "session") return;
      held = message.held;
      showHeld();
    },
    onTick: () => {
      const avatar = stage.avatar;
      if (shownFor !== avatar) {
        shownFor = avatar;
        rows = avatar ? avatar.expressionNames.map(row) : [];
        list.replaceChildren(...rows.map(({ element }) => element));
        showHeld();
      }
      const pose = stage.playback.newest;
      for (const { meter, output, index, name } of rows) {
        const value = held[name] ?? (pose && index >= 0 ? pose.weights[index]! : 0);
        meter.value = value;
        output.textContent = value.toFixed(2);
      }
    },
  };
}
