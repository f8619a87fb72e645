import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseAnswer } from "../../src/copy/answer.ts";
import type { Answer } from "../../src/copy/answer.ts";
import { packContent } from "../../src/copy/pack.ts";
import { composeJoin } from "../../src/copy/script.ts";
import type { Destination } from "../../src/copy/request.ts";
import { findShell, toReply } from "./agent.ts";
import type { Node, NodeShell } from "./agent.ts";

export const shells = (["dash", "bash", "busybox"] as const).filter(
  (shell: NodeShell) => findShell(shell) !== undefined,
);

/** Folders of a test file's own, where others may pass through. */
export function openFolders(atEnd: (remove: () => void) => void) {
  const root = mkdtempSync(path.join(tmpdir(), "copy-"));
  chmodSync(root, 0o755);
  atEnd(() => rmSync(root, { recursive: true, force: true }));
  let count = 0;
  return (mode = 0o755): string => {
    const folder = path.join(root, `folder-${++count}`);
    mkdirSync(folder);
    chmodSync(folder, mode);
    return folder;
  };
}

/** Gives a folder a default ACL, by which everybody may write to what is made in it. Source: Linux, posix_acl_xattr.h. */
export function letOthersIn(folder: string): void {
  python(
    `entries = [(1, 7, -1), (2, 7, 1), (4, 7, -1), (16, 7, -1), (32, 7, -1)]
packed = [struct.pack("<HHi", *entry) for entry in entries]
os.setxattr(sys.argv[1], "system.posix_acl_default", struct.pack("<I", 2) + b"".join(packed))`,
    folder,
  );
}

/** Whether a file has rights beyond its mode. */
export function hasAcl(file: string): boolean {
  return python("print(*os.listxattr(sys.argv[1]))", file).includes(
    "system.posix_acl_access",
  );
}

function python(script: string, file: string): string {
  const text = `import os, struct, sys\n${script}`;
  return execFileSync("python3", ["-c", text, file], { encoding: "utf8" });
}

let copies = 0;

export function destinationOf(
  to: string,
  more: Partial<Destination> = {},
): Destination {
  return {
    platform: "unix",
    path: to,
    fileName: "deploy.sh",
    copyId: (++copies).toString(16).padStart(24, "c"),
    ...more,
  };
}

/** Runs a copy's script as the agent does, and reads its answer. */
export async function runCopy(
  node: Node,
  script: string,
  { copyId }: Destination,
): Promise<Answer | undefined> {
  return parseAnswer(toReply(await node.run(script)), copyId);
}

/** Sends a file in one command. */
export async function sendWhole(
  node: Node,
  content: Buffer,
  to: Destination,
): Promise<Answer | undefined> {
  const packed = await packContent(content);
  const base64 = packed.bytes.toString("base64");
  const piece = { number: 1, of: 1, base64 };
  return runCopy(node, composeJoin(to, piece, packed), to);
}
