import { appendFile, link, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ScriptStep, StepPlace } from "./message.ts";
import { replyHeadBytes } from "./reply.ts";

/** The files of one script on the node, where the agent keeps them. */
export type ScriptFiles = {
  folder: string;
  script: string;
  stdout: string;
  stderr: string;
};

/** `aws:runShellScript` → `awsrunShellScript`, as folders and S3 keys spell it. */
function pluginFolderName(plugin: string): string {
  return plugin.replaceAll(":", "");
}

/** `awsrunShellScript/0.awsrunShellScript`, or `awsrunShellScript/PatchLinux` in a document of schema 2. */
export function stepFolder({
  id,
  plugin,
}: StepPlace & { plugin: string }): string {
  const name = pluginFolderName(plugin);
  return `${name}/${id ?? `0.${name}`}`;
}

/** Where what a command downloads lands, and its next step starts. */
export function downloadsFolder(
  orchestrationFolder: string,
  commandId: string,
): string {
  return join(orchestrationFolder, commandId, "downloads");
}

/** Lays the script and two empty output files. Source: SSM agent 3.3, observed. */
export async function layScript(
  orchestrationFolder: string,
  commandId: string,
  step: ScriptStep,
): Promise<ScriptFiles> {
  const folder = join(orchestrationFolder, commandId, stepFolder(step));
  const isShell = step.plugin !== "aws:runPowerShellScript";
  const files = {
    folder,
    script: join(folder, isShell ? "_script.sh" : "_script.ps1"),
    stdout: join(folder, "stdout"),
    stderr: join(folder, "stderr"),
  };
  await mkdir(folder, { recursive: true });
  const text = `${step.commands.join("\n")}\n`;
  await writeFile(files.script, isShell ? text : `\ufeff${text}`, {
    mode: 0o700,
  });
  for (const stream of [files.stdout, files.stderr]) await layStream(stream);
  return files;
}

/** The agent writes each stream twice; here both names are one file. */
async function layStream(file: string): Promise<void> {
  await rm(`${file}Console`, { force: true });
  await writeFile(file, "", { mode: 0o600 });
  await link(file, `${file}Console`);
}

export async function appendSentence(
  file: string,
  sentence: string,
): Promise<void> {
  if (sentence !== "") await appendFile(file, sentence);
}

/** The beginning of a stream, as much as a reply can hold. */
export async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(replyHeadBytes);
    const { bytesRead } = await handle.read(buffer, 0, replyHeadBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
