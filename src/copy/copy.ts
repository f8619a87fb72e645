import type { Ports } from "../exec/ports.ts";
import { BridgeError } from "../kernel/errors.ts";
import { explainStuck } from "./explain.ts";
import { unexpected, sendInline } from "./inline.ts";
import { fetchOnNode } from "./fetch.ts";
import type { Fetched } from "./fetch.ts";
import { openNode } from "./node.ts";
import type { Node } from "./node.ts";
import type { NodeOptions } from "./run-script.ts";
import { leavePlain, packContent } from "./pack.ts";
import { mayGoInline, planDetour, planTransfer } from "./plan.ts";
import type { Packed, TransferSettings } from "./plan.ts";
import type { Destination } from "./script.ts";
import { openSource, readWhole } from "./source.ts";
import type { Source } from "./source.ts";
import { stageObject } from "./stage.ts";
import type { Store } from "./stage.ts";

export type CopyPorts = Ports & {
  /** Opens the bucket; called only when a file goes through it. */
  openObjects: (bucket: string) => Promise<Store>;
};

export type CopyJob = Omit<NodeOptions, "to"> & {
  settings: TransferSettings & { prefix: string };
  /** The local file. */
  file: string;
  destination: Omit<Destination, "fileName">;
  /** The last part of an object's key: nobody can guess it. */
  newObjectName: () => string;
};

/**
 * Copies a local file to a node: whole, verified and in its place at once, or not at all. Answers where it is there.
 * Whatever happens, an abort of `signal` included, nothing is left of it but the file: no object, no private file.
 */
export async function copyFile(
  ports: CopyPorts,
  job: CopyJob,
  signal: AbortSignal,
): Promise<string> {
  refuseLineBreaks(job);
  await using source = await openSource(job.file, job.target);
  const to = { ...job.destination, fileName: source.name };
  await using node = openNode(ports, { ...job, to });
  const content = mayGoInline(job.settings, source.bytes)
    ? await readWhole(source, job.target)
    : undefined;
  const packed = content && (await packContent(content));
  const copy = { node, source, to, content, packed };
  return await transfer(ports, job, copy, signal);
}

/** A copy under way. */
type Transfer = {
  node: Node;
  source: Source;
  to: Destination;
  /** Of a file that may go inside commands. */
  content: Buffer | undefined;
  packed: Packed | undefined;
};

async function transfer(
  ports: CopyPorts,
  job: CopyJob,
  copy: Transfer,
  signal: AbortSignal,
): Promise<string> {
  const { packed, source, to } = copy;
  const plan = planTransfer(job.settings, to, {
    bytes: source.bytes,
    target: job.target,
    ...(packed ? { packed } : {}),
  });
  switch (plan.kind) {
    case "inline":
      return transferInline(ports, job, { ...copy, texts: plan.texts }, signal);
    case "bucket":
      return transferThrough(plan.bucket, ports, job, { copy, signal });
  }
}

async function transferInline(
  ports: CopyPorts,
  job: CopyJob,
  copy: Transfer & { texts: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const { node, content, packed } = copy;
  const answer = await sendInline(node, { ...copy, ...job }, signal);
  if (answer.kind === "copied") return answer.path;
  const canUnpack = answer.kind !== "failed" || answer.step !== "no-gunzip";
  if (canUnpack || !content || packed?.packing === "none")
    throw unexpected(job.target, answer);
  const plain = { ...copy, packed: leavePlain(content) };
  return transfer(ports, job, plain, signal);
}

async function transferThrough(
  bucket: string,
  ports: CopyPorts,
  job: CopyJob,
  { copy, signal }: { copy: Transfer; signal: AbortSignal },
): Promise<string> {
  const fetched = await passThrough(bucket, ports, job, { copy, signal });
  if (fetched.kind === "copied") return fetched.path;
  const stuck = explainStuck(job.target, bucket, fetched);
  const detour = copy.packed && planDetour(copy.to, copy.packed);
  if (!detour) throw stuck;
  const { texts } = detour;
  ports.log.note(
    `${stuck.message}; the file goes inside commands (${texts.length}) for now`,
  );
  return transferInline(ports, job, { ...copy, texts }, signal);
}

/** The object is there only for as long as the node fetches it. */
async function passThrough(
  bucket: string,
  ports: CopyPorts,
  { target, settings, newObjectName }: CopyJob,
  { copy, signal }: { copy: Transfer; signal: AbortSignal },
): Promise<Fetched> {
  const objects = await ports.openObjects(bucket);
  const key = keyOf(settings.prefix, newObjectName());
  await using staged = await stageObject(
    { ...ports, objects },
    { key, bucket, target },
    copy,
    signal,
  );
  const { node, to } = copy;
  return await fetchOnNode(node, { staged, to, target }, signal);
}

function keyOf(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Rundeck takes the first line that we print for the path. */
function refuseLineBreaks({ destination, target }: CopyJob): void {
  if (/[\r\n]/.test(destination.path))
    throw new BridgeError(
      "setting-invalid",
      `${target}: the destination holds a line break, which Rundeck can't take for a path; choose another`,
    );
  if (destination.path === "")
    throw new BridgeError(
      "setting-missing",
      `${target}: there is no destination to copy to`,
    );
}
