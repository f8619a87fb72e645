import * as z from "zod/mini";

/** Executions of one project, or of all; each counts once. */
const tally = {
  running: z.number(),
  /** Ended by themselves. */
  done: z.number(),
  /** Killed by Rundeck, or left by a client that is gone. */
  killed: z.number(),
  /** Handed back to a process of their own before anything was sent. */
  direct: z.number(),
};

/** What a sidecar says of itself: the answer to `status` and `stop`, which `rundeck-ssm sidecar` reads. */
export const statusForm = z.object({
  version: z.string(),
  pid: z.number(),
  serverPid: z.number(),
  uptimeSeconds: z.number(),
  cpuSeconds: z.number(),
  memoryBytes: z.number(),
  descriptors: z.number(),
  runs: z.object(tally),
  projects: z.array(z.object({ project: z.string(), ...tally })),
  /** On so many nodes something runs, or is sent to. */
  nodes: z.number(),
  /** Sets of credentials, region and endpoints that have clients of AWS. */
  identities: z.number(),
  calls: z.array(
    z.object({
      /** IAM's name. */
      action: z.string(),
      /** What executions have asked for; absent where each asks for itself. */
      asked: z.optional(z.number()),
      /** Requests to AWS, repeated ones too. */
      made: z.number(),
    }),
  ),
  limits: z.array(
    z.object({
      account: z.string(),
      region: z.string(),
      action: z.string(),
      /** The rate learned; absent: no limit has shown. */
      perSecond: z.optional(z.number()),
      queued: z.number(),
      inFlight: z.number(),
      calls: z.number(),
      throttled: z.number(),
      waitedSeconds: z.number(),
    }),
  ),
});

export type Status = z.output<typeof statusForm>;
export type Tally = Status["runs"];

/** What of Run Command executions have asked for, what was asked of AWS for them, and the difference. */
export function countSaved({ calls }: Pick<Status, "calls">) {
  const shared = calls.filter(({ action }) => action.startsWith("ssm:"));
  const asked = shared.reduce((sum, call) => sum + (call.asked ?? 0), 0);
  const made = shared.reduce((sum, call) => sum + call.made, 0);
  return { asked, made, saved: Math.max(0, asked - made) };
}
