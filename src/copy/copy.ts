import { basename } from "node:path";
import { tagErrors } from "../exec/command-id.ts";
import type { Ends } from "../exec/send.ts";
import type { KilledCommand } from "../kernel/outcome.ts";
import { refuseUnmeant } from "./destination.ts";
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
import type { Destination } from "./request.ts";
import { openSource, readWhole } from "./source.ts";
import type { Source } from "./source.ts";
import { discardLeft, stageObject } from "./stage.ts";
import type { NodePorts, Store } from "./ports.ts";
import type { CopyTrace } from "./trail.ts";
import { allOrFirstFailure } from "./together.ts";

export type CopyPorts = NodePorts & {
  /** Opens the bucket; called only when a file goes through it. */
  openObjects: (bucket: string) => Promise<Store>;
};

export type CopyJob = Omit<NodeOptions, "to"> & {
  settings: TransferSettings & { prefix: string };
  /** The local file. */
  file: string;
  destination: Omit<Destination, "fileName" | "copyId">;
  /** The node's. */
  region: string;
  /** What the copy of a process that died has left: it is cleared away, and the copy done again. */
  left?: CopyTrace;
};

/**
 * Copies a local file to a node: whole, verified and in its place at once, or not at all.
 * Whatever happens, an abort of `signal` included, nothing is left of it but the file: no object, no private file.
 */
export async function copyFile(
  ports: CopyPorts,
  job: CopyJob,
  { signal, last }: Ends,
): Promise<Copied> {
  const { copyId } = ports.trail;
  const to = { ...job.destination, copyId, fileName: basename(job.file) };
  refuseUnmeant(to, job.target);
  await using source = await openSource(job.file, job.target);
  const node = openNode(ports, { ...job, to }, last);
  try {
    await ports.trail.begin();
    if (job.left) await takeOver(ports, job, { node, left: job.left, last });
    signal.throwIfAborted();
    const copy = await prepare(job, { node, source, to, last });
    const path = await transfer(ports, job, copy, signal);
    await node.end();
    return { kind: "copied", path };
  } catch (error) {
    const command = await node.end();
    const commandId = node.commandId();
    const of = commandId === undefined ? {} : { commandId };
    if (signal.aborted) return { kind: "killed", command, ...of };
    return tagErrors(commandId)(error);
  }
}

/** Leaves nothing of what a process that died has begun, so that the copy can be done again by the same names. */
async function takeOver(
  ports: CopyPorts,
  { settings, target }: CopyJob,
  { node, left, last }: { node: Node; left: CopyTrace; last: AbortSignal },
): Promise<void> {
  const clear = async ({
    name,
    ...upload
  }: NonNullable<CopyTrace["object"]>) => {
    const { bucket, prefix } = settings;
    if (bucket === undefined) return;
    const objects = await ports.openObjects(bucket);
    const object = { ...upload, key: keyOf(prefix, name), bucket, target };
    await discardLeft({ ...ports, objects }, object, last);
  };
  await allOrFirstFailure([
    node.takeOver(left.commands),
    ...(left.object ? [clear(left.object)] : []),
  ]);
}

/** What became of a copy. */
export type Copied =
  /** `path`: where it is on the node. */
  | { kind: "copied"; path: string }
  /** By Rundeck: a killed job. */
  | { kind: "killed"; command: KilledCommand; commandId?: string };

async function prepare(
  job: CopyJob,
  copy: Pick<Transfer, "node" | "source" | "to" | "last">,
): Promise<Transfer> {
  const { source } = copy;
  const content = mayGoInline(job.settings, source.bytes)
    ? await readWhole(source)
    : undefined;
  const packed = content && (await packContent(content));
  return { ...copy, content, packed };
}

/** A copy under way. */
type Transfer = {
  node: Node;
  source: Source;
  to: Destination;
  /** Of a file that may go inside commands. */
  content: Buffer | undefined;
  packed: Packed | undefined;
  /** The node has nothing that would unpack it. */
  mustBePlain?: boolean;
  /** Ends what a kill does not interrupt: cleaning up. */
  last: AbortSignal;
};

async function transfer(
  ports: CopyPorts,
  job: CopyJob,
  copy: Transfer,
  signal: AbortSignal,
): Promise<string> {
  const { packed, mustBePlain = false, source, to } = copy;
  const plan = planTransfer(job.settings, to, {
    bytes: source.bytes,
    target: job.target,
    ...(packed ? { packed } : {}),
    mustBePlain,
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
  ports.log.debug?.(
    `copy: ${copy.source.bytes} bytes inside ${copy.texts.length} commands`,
  );
  const answer = await sendInline(node, { ...copy, ...job }, signal);
  if (answer.kind === "copied") return answer.path;
  const canUnpack = answer.kind !== "failed" || answer.step !== "no-gunzip";
  if (canUnpack || !content || packed?.packing === "none")
    throw unexpected({ target: job.target, to: copy.to }, answer);
  const plain = { ...copy, packed: leavePlain(content), mustBePlain: true };
  return transfer(ports, job, plain, signal);
}

async function transferThrough(
  bucket: string,
  ports: CopyPorts,
  job: CopyJob,
  { copy, signal }: { copy: Transfer; signal: AbortSignal },
): Promise<string> {
  const fetched = await passThrough(bucket, ports, job, { copy, signal });
  if (fetched.kind === "copied") {
    ports.log.debug?.(
      `copy: ${copy.source.bytes} bytes through the bucket ${bucket}, fetched by the node's ${fetched.way}`,
    );
    return fetched.path;
  }
  const stuck = explainStuck(
    job.target,
    { bucket, region: job.region },
    fetched,
  );
  const detour = copy.packed && planDetour(copy.to, copy.packed);
  if (!detour) throw stuck;
  const { texts } = detour;
  ports.log.note(
    `${stuck.message}; the file goes inside commands (${texts.length}) for now`,
  );
  return transferInline(ports, job, { ...copy, texts }, signal);
}

/**
 * The object is there only for as long as the node fetches it. After a failure or a kill the node is ended meanwhile: S3 may be
 * silent for as long as there is time.
 */
async function passThrough(
  bucket: string,
  ports: CopyPorts,
  { target, settings }: CopyJob,
  { copy, signal }: { copy: Transfer; signal: AbortSignal },
): Promise<Fetched> {
  const objects = await ports.openObjects(bucket);
  const key = keyOf(settings.prefix, ports.trail.objectName);
  const staged = await stageObject(
    { ...ports, objects },
    { key, bucket, target },
    copy,
    { signal, last: copy.last },
  );
  const { node, to } = copy;
  const fetched = await fetchOnNode(node, { staged, to, target }, signal).catch(
    async (error: unknown) => {
      await allOrFirstFailure([staged[Symbol.asyncDispose](), node.end()]);
      throw error;
    },
  );
  await staged[Symbol.asyncDispose]();
  return fetched;
}

function keyOf(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}
