/** What is captured: cameras, files, and how the picture is read. */

import { api } from "../api";
import { button, el } from "../dom";
import { field, type Field } from "../field";
import type { Context, Panel } from "./panel";

export function sourcePanel({ settings, say }: Context): Panel {
  const cameras = el("div", { className: "choices" });
  const rest = el("div", {});
  const fields: Field[] = [];

  async function listCameras(): Promise<void> {
    try {
      const found = await api.cameras();
      cameras.replaceChildren(
        ...found.map(({ index, name }) =>
          button(name, () => settings.set(["source", "spec"], String(index))),
        ),
        ...(found.length === 0 ? ["No camera is plugged in."] : []),
      );
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  settings.onChange(() => {
    const schema = settings.schema(["source"]);
    if (fields.length === 0 && schema?.properties) {
      for (const [key, entry] of Object.entries(schema.properties)) {
        fields.push(field(settings, ["source", key], settings.resolve(entry)));
      }
      rest.append(...fields.map(({ element }) => element));
    }
    for (const one of fields) one.refresh();
  });
  return {
    title: "Source",
    element: el(
      "div",
      {},
      el("h3", { textContent: "Cameras" }),
      cameras,
      button("Look again", () => void listCameras()),
      el("h3", { textContent: "Source" }),
      rest,
    ),
    onShown: () => void listCameras(),
  };
}
