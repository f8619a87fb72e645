/** Why a run was stopped from outside. */
export type StopReason = "killed" | "closed";

/** The one signal of a process: Rundeck's TERM (or a user's ^C), or the end of the pipe that we write to. */
export function listenForStop(process: NodeJS.Process): {
  signal: AbortSignal;
  stop: (reason: StopReason) => void;
} {
  const controller = new AbortController();
  const stop = (reason: StopReason) => controller.abort(reason);
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(name, () => stop("killed"));
  return { signal: controller.signal, stop };
}
