/** How the stage looks on this page; kept in the browser, not in the daemon's settings. */

import { api } from "../api";
import { Avatar } from "../avatar";
import { CameraView } from "../camera-view";
import { button, checkbox, el, labelled, select } from "../dom";
import { type Look, type Framing } from "../stage";
import { saveLook } from "../look";
import type { Context, Panel } from "./panel";

export function viewPanel(context: Context, look: Look, camera: CameraView): Panel {
  const { stage, say } = context;
  const avatars = el("div", { className: "choices" });

  function change(part: Partial<Look>): void {
    Object.assign(look, part);
    stage.setLook({ ...look });
    saveLook(look);
  }

  async function listAvatars(): Promise<void> {
    try {
      const found = await api.avatars();
      avatars.replaceChildren(
        ...found.map(({ name, url }) => button(name, () => void load(url, name))),
      );
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  async function load(url: string, name: string): Promise<void> {
    try {
      stage.setAvatar(await Avatar.load(await (await fetch(url)).arrayBuffer(), name));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  const file = el("input", { type: "file", accept: ".vrm" });
  file.onchange = async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      stage.setAvatar(await Avatar.load(await chosen.arrayBuffer(), chosen.name));
    } catch (error) {
      say((error as Error).message, "error");
    }
  };
  const colour = el("input", { type: "color", value: look.background ?? "#dde6ee" });
  colour.oninput = () => change({ background: colour.value });
  const light = el("input", {
    type: "range", min: "0.2", max: "1.8", step: "0.05", value: String(look.light),
  });
  light.oninput = () => change({ light: Number(light.value) });
  const link = `${location.origin}/stage?transparent=1&framing=`;
  const obs = el("code", { textContent: link + look.framing });

  return {
    title: "View",
    element: el(
      "div",
      {},
      el("h3", { textContent: "Avatar" }),
      avatars,
      labelled("Open a .vrm", file, "Or drop it on the stage. It stays in the browser."),
      el("h3", { textContent: "Stage" }),
      labelled(
        "Framing",
        select(["face", "bust", "full"], look.framing, (value) => {
          change({ framing: value as Framing });
          stage.frame(value as Framing);
          obs.textContent = link + value;
        }),
      ),
      labelled("Background", colour),
      labelled(
        "Transparent",
        checkbox(look.background === null, (on) =>
          change({ background: on ? null : colour.value }),
        ),
      ),
      labelled("Light", light),
      labelled("Grid", checkbox(look.grid, (grid) => change({ grid }))),
      labelled("Skeleton", checkbox(look.skeleton, (skeleton) => change({ skeleton }))),
      labelled(
        "Follow",
        checkbox(look.follow, (follow) => change({ follow })),
        "The camera goes with the avatar",
      ),
      labelled(
        "Look at me",
        checkbox(look.eyeContact, (eyeContact) => change({ eyeContact })),
        "The avatar's eyes follow the camera",
      ),
      labelled(
        "Camera picture",
        checkbox(false, (on) => camera.show(on)),
        "Shown beside the stage with landmarks; never leaves this computer",
      ),
      el("h3", { textContent: "OBS browser source" }),
      el("p", { className: "help" }, "Only the character, on transparency: ", obs),
    ),
    onShown: () => void listAvatars(),
  };
}
