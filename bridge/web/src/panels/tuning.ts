/** Every setting as a control, made from the daemon's schema; search, reset, save. */

import { api } from "../api";
import { button, el } from "../dom";
import type { Context, Panel } from "./panel";
import { section, type Part } from "./sections";

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
  let parts: Part[] = [];

  async function saveAll(): Promise<void> {
    try {
      say((await api.save()).text);
    } catch (error) {
      say((error as Error).message, "error");
    }
    await settings.refresh();
  }

  function refresh(): void {
    if (parts.length === 0) {
      parts = SECTIONS.map((key) => section(settings, [key], settings.schema([key]) ?? {}));
      list.replaceChildren(...parts.map(({ element }) => element));
    }
    for (const part of parts) part.refresh();
    const unsaved = settings.document?.unsaved ?? false;
    save.disabled = !unsaved;
    state.textContent = unsaved
      ? `Not saved yet (${settings.document?.file})`
      : `File: ${settings.document?.file ?? ""}`;
  }

  search.oninput = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const part of parts) part.filter(wanted);
  };
  settings.onChange(refresh);
  return {
    title: "Tune",
    element: el("div", {}, el("div", { className: "toolbar" }, search, save), state, list),
  };
}
