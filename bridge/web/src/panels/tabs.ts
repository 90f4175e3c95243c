/** The column of panels as tabs: arrow keys move between them, only one is in the page's flow. */

import { el } from "../dom";
import type { ServerMessage } from "../protocol.gen";
import type { Panel } from "./panel";

const TICK_MS = 100;

export class Tabs {
  private readonly buttons: HTMLButtonElement[];
  private current = 0;

  constructor(
    holder: HTMLElement,
    private readonly panels: readonly Panel[],
  ) {
    this.buttons = panels.map((panel, index) =>
      el("button", {
        type: "button",
        textContent: panel.title,
        role: "tab",
        id: `tab-${index}`,
        aria: { controls: `panel-${index}` },
        onclick: () => this.show(index),
      }),
    );
    const list = el("div", { role: "tablist", className: "tabs" }, ...this.buttons);
    list.onkeydown = (event) => this.onKey(event);
    panels.forEach((panel, index) => {
      panel.element.id = `panel-${index}`;
      panel.element.setAttribute("role", "tabpanel");
      panel.element.setAttribute("aria-labelledby", `tab-${index}`);
      panel.element.classList.add("panel");
    });
    holder.append(list, ...panels.map(({ element }) => element));
    this.show(0);
    setInterval(() => this.panels[this.current]?.onTick?.(), TICK_MS);
  }

  onMessage(message: ServerMessage): void {
    for (const panel of this.panels) panel.onMessage?.(message);
  }

  private show(index: number): void {
    this.current = index;
    this.panels.forEach((panel, at) => {
      panel.element.hidden = at !== index;
      this.buttons[at]!.setAttribute("aria-selected", String(at === index));
      this.buttons[at]!.tabIndex = at === index ? 0 : -1;
    });
    this.panels[index]!.onShown?.();
  }

  private onKey(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = (this.current + step + this.panels.length) % this.panels.length;
    this.show(index);
    this.buttons[index]!.focus();
  }
}
