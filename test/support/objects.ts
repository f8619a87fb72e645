import type { UploadedPart } from "../../src/aws/objects.ts";
import type { Store } from "../../src/copy/ports.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import { Secret } from "../../src/kernel/secret.ts";
import { failure } from "./ssm.ts";

type Operation =
  | "put"
  | "startUpload"
  | "putPart"
  | "completeUpload"
  | "abortUpload"
  | "remove";

/** What goes wrong, by operation, call by call; then all is well. "lost" takes effect, and only the answer is lost. */
export type Troubles = Partial<
  Record<Operation, (BridgeError | "lost" | "none")[]>
>;

/** A bucket in memory. */
export function fakeObjects(troubles: Troubles = {}) {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const calls: Operation[] = [];

  function meet(operation: Operation, effect: () => void): void {
    calls.push(operation);
    const trouble = troubles[operation]?.shift();
    if (trouble instanceof BridgeError) throw trouble;
    effect();
    if (trouble === "lost") throw failure("aws-silent");
  }

  const port: Store = {
    put: async (key, body, call) => {
      call.onSent?.();
      meet("put", () => objects.set(key, Buffer.from(body)));
      return "removed";
    },
    startUpload: async (key) => {
      meet("startUpload", () => uploads.set(key, new Map()));
      return key;
    },
    putPart: async ({ uploadId, number, body }) => {
      meet("putPart", () =>
        uploads.get(uploadId)?.set(number, Buffer.from(body)),
      );
      return { number, etag: `etag-${number}` } satisfies UploadedPart;
    },
    completeUpload: async ({ key, uploadId, parts }) =>
      meet("completeUpload", () => {
        const all = uploads.get(uploadId) ?? new Map<number, Buffer>();
        const bytes = parts.map(({ number }) => all.get(number));
        objects.set(key, Buffer.concat(bytes.filter((it) => it !== undefined)));
        uploads.delete(uploadId);
      }),
    abortUpload: async ({ uploadId }) =>
      meet("abortUpload", () => uploads.delete(uploadId)),
    remove: async (key) => {
      meet("remove", () => objects.delete(key));
      return "removed";
    },
    presign: async (key) => new Secret(`https://bucket/${key}?signed`),
    region: () => "eu-west-1",
    close: () => undefined,
  };
  return { port, objects, uploads, calls };
}
