/** What every panel is given and gives. */

import type { Connection } from "../connection";
import type { ServerMessage } from "../protocol.gen";
import type { Settings } from "../settings";
import type { Stage } from "../stage";

export interface Context {
  readonly stage: Stage;
  readonly settings: Settings;
  readonly connection: Connection;
  /** Show a line to the user; an empty text takes it back. */
  say(text: string, level?: "info" | "error"): void;
}

export interface Panel {
  readonly title: string;
  readonly element: HTMLElement;
  onMessage?(message: ServerMessage): void;
  /** Called about ten times a second while the panel is visible. */
  onTick?(): void;
  onShown?(): void;
}
