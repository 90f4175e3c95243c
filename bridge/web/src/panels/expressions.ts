/** The mixer: a bar for every weight as it arrives, and a slider to hold one at a value. */

import { button, el } from "../dom";
import { EXPRESSIONS } from "../protocol.gen";
import type { Context, Panel } from "./panel";

interface Row {
  readonly meter: HTMLMeterElement;
  readonly output: HTMLOutputElement;
  readonly index: number;
}

export function expressionsPanel({ stage }: Context): Panel {
  const list = el("div", { className: "mixer" });
  const hint = el("p", {
    className: "help",
    textContent:
      "Bars show what arrives. Move a slider to hold an expression on this page; release it with ×.",
  });
  let rows: Row[] = [];
  let shownFor: unknown = null;

  function build(): void {
    const avatar = stage.avatar;
    shownFor = avatar;
    rows = [];
    list.replaceChildren();
    if (!avatar) return;
    for (const name of avatar.expressionNames) {
      const index = EXPRESSIONS.findIndex((one) => one.toLowerCase() === name.toLowerCase());
      const meter = el("meter", { min: 0, max: 1, value: 0, aria: { label: `${name} received` } });
      const output = el("output", { textContent: "0.00" });
      const slider = el("input", {
        type: "range", min: "0", max: "1", step: "0.01", value: "0",
        aria: { label: `Hold ${name}` },
      });
      const release = button("×", () => {
        avatar.override(name, null);
        slider.value = "0";
        release.disabled = true;
      }, `Release ${name}`);
      release.disabled = true;
      slider.oninput = () => {
        avatar.override(name, Number(slider.value));
        release.disabled = false;
      };
      list.append(
        el("div", { className: "mix" }, el("span", { textContent: name }), meter, output, slider, release),
      );
      rows.push({ meter, output, index });
    }
  }

  return {
    title: "Face",
    element: el("div", {}, hint, list),
    onTick: () => {
      if (shownFor !== stage.avatar) build();
      const pose = stage.playback.newest;
      for (const { meter, output, index } of rows) {
        const value = pose && index >= 0 ? pose.weights[index]! : 0;
        meter.value = value;
        output.textContent = value.toFixed(2);
      }
    },
  };
}
