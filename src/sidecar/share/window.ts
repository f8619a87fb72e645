/** A SendCommand takes so many instances. Source: SSM API reference, SendCommand, InstanceIds. */
export const largestGroup = 50;
/** A group is sent when nobody has come for this long… */
export const quietWindowMs = 100;
/** …and in any case this long after the first one came. */
export const longestWindowMs = 500;

/** How long a group still waits for more; 0: not at all. `threads`: no more than these can come now. */
export function windowLeftMs(group: {
  members: number;
  threads: number;
  firstAtEpochMs: number;
  lastAtEpochMs: number;
  nowEpochMs: number;
}): number {
  const { members, threads, firstAtEpochMs, lastAtEpochMs, nowEpochMs } = group;
  if (members >= Math.min(threads, largestGroup)) return 0;
  const until = Math.min(
    lastAtEpochMs + quietWindowMs,
    firstAtEpochMs + longestWindowMs,
  );
  return Math.max(0, until - nowEpochMs);
}
