import type { Ports } from "../exec/ports.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Objects } from "../aws/objects.ts";
import { unexpected, sendInline } from "./inline.ts";
import { fetchOnNode } from "./fetch.ts";
import { openNode } from "./node.ts";
import type { Node, NodeOptions } from "./node.ts";
import { leavePlain, packContent } from "./pack.ts";
import { mayGoInline, planTransfer } from "./plan.ts";
import type { Packed, TransferSettings } from "./plan.ts";
import { openSource, readWhole } from "./source.ts";
import type { Source } from "./source.ts";
import { stageObject } from "./stage.ts";

export type CopyPorts = Ports & {
  /** Opens the bucket; called only when a file goes through it. */
  openObjects: (bucket: string) => Promise<Objects>;
};

export type CopyJob = Omit<NodeOptions, "to"> & {
  settings: TransferSettings & { prefix: string };
  /** The local file. */
  file: string;
  to: Omit<NodeOptions["to"], "fileName">;
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
  const to = { ...job.to, fileName: source.name };
  await using node = openNode(ports, { ...job, to });
  const content = mayGoInline(job.settings, source.bytes)
    ? await readWhole(source, job.target)
    : undefined;
  const packed = content && (await packContent(content));
  return await transfer(
    ports,
    { ...job, to },
    { node, source, content, packed },
    signal,
  );
}

type Content = {
  node: Node;
  source: Source;
  /** Of a file that may go inside commands. */
  content: Buffer | undefined;
  packed: Packed | undefined;
};

async function transfer(
  ports: CopyPorts,
  job: CopyJob & Pick<NodeOptions, "to">,
  file: Content,
  signal: AbortSignal,
): Promise<string> {
  const { to, target, settings } = job;
  const { node, source, content, packed } = file;
  const plan = planTransfer(settings, to, {
    bytes: source.bytes,
    target,
    ...(packed ? { packed } : {}),
  });
  switch (plan.kind) {
    case "inline": {
      const { texts } = plan;
      const answer = await sendInline(node, { texts, to, target }, signal);
      if (answer.kind === "copied") return answer.path;
      const isUnpackable =
        answer.kind === "failed" && answer.step === "no-gunzip";
      if (!isUnpackable || !content) throw unexpected(target, answer);
      const plain = leavePlain(content);
      return await transfer(ports, job, { ...file, packed: plain }, signal);
    }
    case "bucket": {
      const objects = await ports.openObjects(plan.bucket);
      const key = keyOf(settings.prefix, job.newObjectName());
      const options = { key, bucket: plan.bucket, target };
      const upload = { source, content };
      await using staged = await stageObject(
        { ...ports, objects },
        options,
        upload,
        signal,
      );
      return await fetchOnNode(node, { staged, to, target }, signal);
    }
  }
}

function keyOf(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Rundeck takes the first line that we print for the path. */
function refuseLineBreaks({ to, target }: CopyJob): void {
  if (/[\r\n]/.test(to.path))
    throw new BridgeError(
      "setting-invalid",
      `${target}: the destination holds a line break, which Rundeck can't take for a path; choose another`,
    );
  if (to.path === "")
    throw new BridgeError(
      "setting-missing",
      `${target}: there is no destination to copy to`,
    );
}
