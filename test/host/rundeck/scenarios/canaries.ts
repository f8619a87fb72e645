import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import type { JobResult } from "../harness.ts";

/** The places where one of the secrets is, of what a person could see, what AWS was sent, and what lies on the nodes. */
export async function findSecrets(
  secrets: readonly string[],
  job: JobResult,
  aws: LocalAws,
): Promise<string[]> {
  const files = await Promise.all(
    [...aws.nodes.values()].map((node) => readFiles(node.folder)),
  );
  const places: [name: string, text: string][] = [
    ["Rundeck's output", job.everything],
    ["requests to AWS", JSON.stringify(aws.requests)],
    ...files.flat(),
  ];
  return places
    .filter(([, text]) => secrets.some((secret) => text.includes(secret)))
    .map(([name]) => name);
}

async function readFiles(folder: string): Promise<[string, string][]> {
  const items = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = items
    .filter((item) => item.isFile())
    .map((item) => path.join(item.parentPath, item.name));
  return Promise.all(
    files.map(async (file): Promise<[string, string]> => [
      file,
      await readFile(file, "latin1"),
    ]),
  );
}
