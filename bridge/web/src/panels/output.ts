/** Where poses go: receiver program, address and what differs from its preset. */

import { el } from "../dom";
import { field, type Field } from "../field";
import type { Context, Panel } from "./panel";

const FIRST = ["receiver", "address"];

export function outputPanel({ settings }: Context): Panel {
  const main = el("div", {});
  const more = el("details", {}, el("summary", { textContent: "Differences from the preset" }));
  const fields: Field[] = [];
  settings.onChange(() => {
    const schema = settings.schema(["vmc"]);
    if (fields.length === 0 && schema?.properties) {
      const keys = Object.keys(schema.properties);
      for (const key of [...FIRST, ...keys.filter((one) => !FIRST.includes(one))]) {
        const entry = schema.properties[key];
        if (!entry) continue;
        const made = field(settings, ["vmc", key], settings.resolve(entry));
        fields.push(made);
        (FIRST.includes(key) ? main : more).append(made.element);
      }
    }
    for (const one of fields) one.refresh();
  });
  return {
    title: "Output",
    element: el(
      "div",
      {},
      el("p", {
        className: "help",
        textContent: "Poses are sent over the VMC protocol. Choose the program that receives them.",
      }),
      main,
      more,
    ),
  };
}
