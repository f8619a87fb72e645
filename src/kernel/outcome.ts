/** How a remote command ended, as Rundeck's user has to see it. */
export type Outcome =
  | { kind: "exited"; exitCode: number }
  /** `isOthers`: by a limit of the document's own. */
  | { kind: "execution-timeout"; afterSeconds: number; isOthers?: true }
  | { kind: "delivery-timeout"; afterSeconds: number }
  /** The node held it in its queue until there was no time left, as far as anybody saw. */
  | { kind: "never-begun"; afterSeconds: number }
  /** By somebody else, in AWS's console or API. */
  | { kind: "cancelled" }
  /** By Rundeck: a killed job. */
  | { kind: "killed"; command: KilledCommand };

/** What is known of a command after a kill. */
export type KilledCommand =
  | "ended"
  | "never-began"
  /** Its end was asked for, and nobody has confirmed it. */
  | "unconfirmed"
  /** Nothing could end it, or not all of it. */
  | "goes-on";
