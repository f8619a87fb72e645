/** What bounds a command on its node. */
export type Timeouts = {
  /** Until the node must have taken it. */
  deliverySeconds: number;
  /** From its beginning on the node to its end there, what the runner adds included. */
  executionSeconds: number;
  /** What its end may take to reach us. */
  slackSeconds: number;
};

/** How far a command has come, in ms since the epoch. */
export type Progress = {
  sentAt: number;
  /** SSM calls it InProgress: the node has it, in its queue or running. */
  takenAt?: number;
  /** Something that it wrote has come, so it runs. */
  begunAt?: number;
  /** AWS did not answer the last look: it may be further than we know. */
  isUnseen: boolean;
};

/**
 * Until when a command is waited for. Once it runs, its own time counts; a node may hold it in its queue (five run at once) for as long as
 * it may take to take it. Source: SSM agent 3.3: a queued command is InProgress too.
 */
export function overdueAt(progress: Progress, timeouts: Timeouts): number {
  const { sentAt, takenAt, begunAt, isUnseen } = progress;
  const delivery = timeouts.deliverySeconds * 1_000;
  const execution = timeouts.executionSeconds * 1_000;
  const slack = timeouts.slackSeconds * 1_000;
  if (begunAt !== undefined) return begunAt + execution + slack;
  if (takenAt !== undefined) return takenAt + delivery + execution + slack;
  return sentAt + delivery + slack + (isUnseen ? execution : 0);
}

/** From when on a command that is not known to run is in doubt: had it begun when the node took it, it would have ended. */
export function doubtfulAt(progress: Progress, timeouts: Timeouts): number {
  const { takenAt, begunAt } = progress;
  if (takenAt === undefined || begunAt !== undefined) return Infinity;
  return takenAt + (timeouts.executionSeconds + timeouts.slackSeconds) * 1_000;
}
