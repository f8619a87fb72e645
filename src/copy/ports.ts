import type { Objects } from "../aws/objects.ts";
import type { Ports } from "../exec/ports.ts";
import type { Trail } from "./trail.ts";

/** What a copy does with a bucket: it never reads there. */
export type Store = Omit<Objects, "read" | "presignPut">;

export type StagePorts = Pick<Ports, "clock" | "log" | "random" | "subject"> & {
  objects: Store;
  trail: Trail;
};

/** What a copy's commands need. */
export type NodePorts = Ports & { trail: Trail };
