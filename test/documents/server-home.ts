import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";
import { copyContents } from "../support/contents.ts";
import { removeFolder } from "../support/folders.ts";

export type Ended = { stdout: string; stderr: string; exitCode: number };

/** A folder that has what the documents' commands expect of a Rundeck server: its libext, a release that was downloaded, and `rundeck-ssm`. */
export type ServerHome = {
  root: string;
  /** What was downloaded; commands start here. */
  download: string;
  /** Where the packages have Rundeck's data, of which a command in a document says `/var/lib/rundeck`. */
  base: string;
  run(script: string, environment?: Record<string, string>): Promise<Ended>;
  [Symbol.dispose](): void;
};

/** What this machine has not, and what stands for it. The rest of a command is run as it stands in the document. */
function substitute(root: string, text: string): string {
  const table = [
    // nobody is called rundeck here
    ["sudo -u rundeck ", ""],
    ["sudo install -o rundeck -g rundeck ", "install "],
    ["/var/lib/rundeck/", `${root}/var/lib/rundeck/`],
    ["/opt/node-24/", `${root}/opt/node-24/`],
  ] as const;
  return table.reduce((command, [of, by]) => command.replaceAll(of, by), text);
}

export function openServerHome(): ServerHome {
  const root = mkdtempSync(path.join(tmpdir(), "bridge-documents-"));
  const download = path.join(root, "download");
  const base = path.join(root, "var/lib/rundeck");
  const { zip, contents } = inject("build");
  const cache = path.join(base, "libext/cache", path.basename(zip, ".zip"));
  for (const folder of ["download", "home", "bin", "opt/node-24/bin"])
    mkdirSync(path.join(root, folder), { recursive: true });
  for (const item of readdirSync(path.dirname(zip), { withFileTypes: true }))
    if (item.isFile())
      cpSync(path.join(zip, "..", item.name), path.join(download, item.name));
  // Rundeck extracts the zip's contents without a folder of their own
  copyContents(contents, cache);
  writeProgram(
    path.join(root, "bin/rundeck-ssm"),
    `exec bash '${cache}/rundeck-ssm' "$@"`,
  );
  writeProgram(
    path.join(root, "opt/node-24/bin/node"),
    `echo >'${root}/node-was-started'; exec '${process.execPath}' "$@"`,
  );
  return {
    root,
    download,
    base,
    run: (script, environment = {}) =>
      runScript(substitute(root, script), {
        cwd: download,
        env: {
          PATH: `${root}/bin:${process.env["PATH"]}`,
          HOME: path.join(root, "home"),
          ...environment,
        },
      }),
    [Symbol.dispose]: () => removeFolder(root),
  };
}

function writeProgram(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function runScript(
  script: string,
  options: { cwd: string; env: Record<string, string> },
): Promise<Ended> {
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = { stdout: "", stderr: "" };
  child.stdout.on("data", (bytes) => (ended.stdout += String(bytes)));
  child.stderr.on("data", (bytes) => (ended.stderr += String(bytes)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ended, exitCode: code ?? -1 }));
  });
}
