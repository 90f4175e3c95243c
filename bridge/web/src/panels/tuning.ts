/** Every setting as a control, made from the daemon's schema; search, reset, save. */

import { api } from "../api";
import { button, el, words } from "../dom";
import { field, type Field } from "../field";
import type { SchemaNode, Settings } from "../settings";
import type { Context, Panel } from "./panel";

const SECTIONS = ["retarget", "solving", "tracking", "page"] as const;

export function tuningPanel({ settings, say }: Context): Panel {
  const search = el("input", {
    type: "search",
    placeholder: "Search settings",
    aria: { label: "Search settings" },
  });
  const list = el("div", { className: "settings" });
  const state = el("p", { className: "saved", role: "status" });
  const save = button("Save", () => void saveAll(), "Write the changes to the settings file");
  save.className = "primary";
  let fields: Field[] = [];

  async function saveAll(): Promise<void> {
    try {
      say((await api.save()).text);
    } catch (error) {
      say((error as Error).message, "error");
    }
    await settings.refresh();
  }

  function build(): void {
    fields = [];
    list.replaceChildren(...SECTIONS.map((key) => section(settings, [key], fields)));
  }

  function refresh(): void {
    if (fields.length === 0) build();
    for (const one of fields) one.refresh();
    const unsaved = settings.document?.unsaved ?? false;
    save.disabled = !unsaved;
    state.textContent = unsaved
      ? `Not saved yet (${settings.document?.file})`
      : `File: ${settings.document?.file ?? ""}`;
  }

  search.oninput = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of fields) {
      one.element.hidden = !wanted.every((word) => one.text.includes(word));
    }
    for (const group of list.querySelectorAll("details")) {
      group.hidden = !group.querySelector(".field:not([hidden])");
      if (wanted.length > 0) group.open = !group.hidden;
    }
  };
  settings.onChange(refresh);
  return {
    title: "Tune",
    element: el("div", {}, el("div", { className: "toolbar" }, search, save), state, list),
  };
}

function section(settings: Settings, path: readonly string[], fields: Field[]): HTMLElement {
  const schema = settings.schema(path) ?? {};
  const group = el("details", { open: path[0] === "retarget" });
  group.append(el("summary", { textContent: words(path[path.length - 1]!) }));
  const reset = button(
    "Reset all", () => void settings.run(() => api.reset(path)), "Every setting here to its default",
  );
  reset.className = "reset-all";
  group.append(reset);
  for (const [key, entry] of Object.entries(schema.properties ?? {})) {
    group.append(member(settings, [...path, key], settings.resolve(entry), fields));
  }
  return group;
}

function member(
  settings: Settings, path: readonly string[], schema: SchemaNode, fields: Field[],
): HTMLElement {
  if (schema.properties) return section(settings, path, fields);
  if (schema.type === "object" || schema.type === "array") {
    return el("p", { className: "help", textContent: `${words(path[path.length - 1]!)}: in the file` });
  }
  const made = field(settings, path, schema);
  fields.push(made);
  return made.element;
}
