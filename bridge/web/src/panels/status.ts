/** What the daemon is doing: rates, latency over time, cost of each stage, what is tracked. */

import { el } from "../dom";
import type { Status } from "../protocol.gen";
import type { Context, Panel } from "./panel";

const HISTORY = 240; // at four a second: one minute
const GRAPH_HEIGHT_PX = 96;
const STATE_TEXT: Record<Status["state"], string> = {
  tracked: "tracking",
  held: "holding the last pose",
  lost: "nobody in view",
  none: "waiting for the first frame",
};

export function statusPanel(context: Context): Panel {
  const facts = el("dl", { className: "facts" });
  const parts = el("div", { className: "bars" });
  const stages = el("table", { className: "costs" });
  const graph = el("canvas", {
    className: "graph",
    height: GRAPH_HEIGHT_PX,
    role: "img",
    aria: { label: "Latency over the last minute, median and 95th percentile" },
  });
  const history: [p50: number, p95: number][] = [];
  let drawn = { frames: context.stage.framesDrawn, atMs: performance.now(), fps: 0 };

  function onStatus(status: Status): void {
    history.push([status.age_p50_ms, status.age_p95_ms]);
    if (history.length > HISTORY) history.shift();
    const nowMs = performance.now();
    if (nowMs - drawn.atMs > 900) {
      const frames = context.stage.framesDrawn;
      drawn = { frames, atMs: nowMs, fps: (1000 * (frames - drawn.frames)) / (nowMs - drawn.atMs) };
    }
    fill(facts, [
      ["Performer", STATE_TEXT[status.state]],
      ["Source", status.source || "–"],
      ["Sent to", status.receiver],
      ["Poses", `${status.fps.toFixed(1)} a second, drawn at ${drawn.fps.toFixed(0)} fps`],
      ["Latency", `${status.age_p50_ms.toFixed(0)} ms median, ${status.age_p95_ms.toFixed(0)} ms p95`],
      ["Frames", `${status.moments}, ${status.dropped} dropped, ${status.faults} failed`],
      ["Processor", `${status.cpu_percent.toFixed(0)} % of one core`],
      ["Pages open", String(status.clients)],
      ...(status.slowed ? ([["Slowed", status.slowed]] as [string, string][]) : []),
      ...(status.last_fault ? ([["Last fault", status.last_fault]] as [string, string][]) : []),
    ]);
    parts.replaceChildren(...status.parts.map(({ name, confidence }) => bar(name, confidence)));
    stages.replaceChildren(
      el("caption", { textContent: "Time of each stage, ms (median, p95)" }),
      ...status.stages.map(({ name, p50_ms, p95_ms }) =>
        el(
          "tr",
          {},
          el("th", { textContent: name, scope: "row" }),
          el("td", { textContent: p50_ms.toFixed(2) }),
          el("td", { textContent: p95_ms.toFixed(2) }),
        ),
      ),
    );
    draw(graph, history);
  }

  return {
    title: "Status",
    element: el(
      "div",
      {},
      facts,
      el("h3", { textContent: "Latency, last minute" }),
      graph,
      el("p", { className: "legend" }, el("span", { className: "p50", textContent: "median" }),
        el("span", { className: "p95", textContent: "95 % below" })),
      el("h3", { textContent: "Seen" }),
      parts,
      stages,
    ),
    onMessage: (message) => {
      if (message.type === "status") onStatus(message);
    },
  };
}

function fill(list: HTMLElement, rows: [string, string][]): void {
  list.replaceChildren(
    ...rows.flatMap(([name, value]) => [
      el("dt", { textContent: name }),
      el("dd", { textContent: value }),
    ]),
  );
}

/** A named bar for a share 0–1. */
export function bar(name: string, share: number): HTMLElement {
  const meter = el("meter", { min: 0, max: 1, low: 0.3, optimum: 1, value: share });
  meter.setAttribute("aria-label", name);
  return el(
    "div",
    { className: "bar" },
    el("span", { textContent: name }),
    meter,
    el("output", { textContent: share.toFixed(2) }),
  );
}

function draw(canvas: HTMLCanvasElement, history: [number, number][]): void {
  const context = canvas.getContext("2d");
  if (!context || !canvas.clientWidth) return;
  canvas.width = canvas.clientWidth;
  const { width, height } = canvas;
  const style = getComputedStyle(canvas);
  const top = Math.max(50, ...history.map(([, p95]) => p95)) * 1.1;
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = style.getPropertyValue("--muted");
  context.strokeStyle = style.getPropertyValue("--line");
  for (const share of [0.25, 0.5, 0.75]) {
    const y = height * (1 - share);
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
    context.fillText(`${(top * share).toFixed(0)} ms`, 2, y - 2);
  }
  (["--p95", "--p50"] as const).forEach((name, line) => {
    context.strokeStyle = style.getPropertyValue(name);
    context.lineWidth = 1.8;
    context.beginPath();
    history.forEach((values, i) => {
      const x = width - ((history.length - 1 - i) * width) / (HISTORY - 1);
      context.lineTo(x, height * (1 - values[1 - line]! / top));
    });
    context.stroke();
  });
}
