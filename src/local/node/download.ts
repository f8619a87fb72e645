import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type AgentMessage, type DownloadStep, nameOfStep } from "./message.ts";
import { downloadsFolder } from "./orchestration.ts";
import type { PluginReply } from "./reply.ts";
import type { StepTools } from "./step.ts";

type Source = { bucket: string; key: string };

/** `aws:downloadContent` from S3: the agent itself fetches with the node's role, nothing need be installed. Source: SSM agent 3.3, observed. */
export async function downloadContent(
  message: AgentMessage,
  step: DownloadStep,
  tools: StepTools,
): Promise<PluginReply> {
  const startedAtMs = tools.clock.now();
  const folder = downloadsFolder(
    tools.home.orchestrationFolder,
    message.commandId,
  );
  // Also when nothing arrives: the next step starts there.
  await mkdir(folder, { recursive: true });
  const failure = await download(folder, step, tools).catch((error: unknown) =>
    String(error),
  );
  const failed = failure !== undefined;
  const stdout = failed ? "" : `Content downloaded to ${folder}\n`;
  const stderr = failed ? `failed to download content: ${failure}` : "";
  return {
    name: nameOfStep(step),
    status: failed ? "Failed" : "Success",
    statusDetails: failed ? "Failed" : "Success",
    responseCode: failed ? 1 : 0,
    stdout,
    stderr,
    output: `${stdout}${stderr}`,
    startedAtMs,
    finishedAtMs: tools.clock.now(),
  };
}

/** Answers why it failed, or undefined. */
async function download(
  folder: string,
  step: DownloadStep,
  { buckets }: StepTools,
): Promise<string | undefined> {
  const source = parseSource(step.sourceUrl);
  if (source === undefined) return `invalid S3 path ${step.sourceUrl}`;
  const { bucket, key } = source;
  const reached = await buckets.headBucket(bucket);
  if (reached !== 200) return `bucket ${bucket}: status code: ${reached}`;
  const listing = await buckets.list(bucket, key);
  if (listing.status !== 200)
    return `listing ${bucket}: status code: ${listing.status}`;
  for (const found of objectsOf(listing.keys, key)) {
    const status = await buckets.download(
      bucket,
      found,
      join(folder, targetOf(found, key)),
    );
    if (status !== 200)
      return `s3://${bucket}/${found}: status code: ${status}`;
  }
  return listing.keys.length === 0 ? `nothing at ${step.sourceUrl}` : undefined;
}

/** The object itself, or all below the folder of that name. */
function objectsOf(keys: string[], key: string): string[] {
  if (keys.includes(key) && !key.endsWith("/")) return [key];
  const folder = key.endsWith("/") ? key : `${key}/`;
  return keys.filter((it) => it.startsWith(folder) && !it.endsWith("/"));
}

function targetOf(found: string, key: string): string {
  if (found === key) return basename(key);
  return found.slice(key.endsWith("/") ? key.length : key.length + 1);
}

function parseSource(url: string): Source | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname.slice(1));
  const virtualHost = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  const slash = path.indexOf("/");
  if (virtualHost !== undefined) return { bucket: virtualHost, key: path };
  if (slash < 1) return undefined;
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}
