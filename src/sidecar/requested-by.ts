import type { Requester } from "../aws/companions.ts";
import type { Logs } from "../aws/logs.ts";
import type { Objects } from "../aws/objects.ts";

/** A shared client as one run's own: its calls stand in the queue as this run's, and closing it leaves it open for the others. */
export function logsOf(requester: Requester, logs: Logs): Logs {
  return {
    read: (position, call) => logs.read(position, { requester, ...call }),
    close: () => undefined,
  };
}

export function objectsOf(requester: Requester, objects: Objects): Objects {
  return {
    ...objects,
    put: (key, body, call) => objects.put(key, body, { requester, ...call }),
    startUpload: (key, call) =>
      objects.startUpload(key, { requester, ...call }),
    putPart: (part, call) => objects.putPart(part, { requester, ...call }),
    completeUpload: (upload, call) =>
      objects.completeUpload(upload, { requester, ...call }),
    abortUpload: (upload, call) =>
      objects.abortUpload(upload, { requester, ...call }),
    remove: (key, call) => objects.remove(key, { requester, ...call }),
    read: (key, call) => objects.read(key, { requester, ...call }),
    close: () => undefined,
  };
}
