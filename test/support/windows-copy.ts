import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { parseAnswer } from "../../src/copy/answer.ts";
import type { Answer } from "../../src/copy/answer.ts";
import type { Destination, Piece } from "../../src/copy/request.ts";
import { runOnWindows, runTogether } from "./windows.ts";

export const copyId = "0123456789abcdef01234567";

/** A destination in the folder where a case runs, unless it says more. */
export function to(path: string, more: Partial<Destination> = {}): Destination {
  const fileName = "deploy.ps1";
  return {
    platform: "windows",
    path,
    fileName,
    fileMode: "0600",
    copyId,
    ...more,
  };
}

export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The only piece of a file. */
export function whole(content: string | Buffer): Piece {
  return { number: 1, of: 1, base64: Buffer.from(content).toString("base64") };
}

export function packed(content: string | Buffer): Piece {
  return whole(gzipSync(content));
}

export type CopyCase = {
  /** PowerShell that makes what is there before; `$base` is the case's own folder, and where it runs. */
  before?: string;
  /** One after the other. */
  texts: readonly string[];
  /** PowerShell that shows what is wanted beside the files. */
  after?: string;
  /** It changes its whole PowerShell, which is therefore its own. */
  isAlone?: true;
};

export type CopySeen = {
  /** What the texts answered. */
  answers: (Answer | undefined)[];
  exitCodes: number[];
  /** Of all texts. */
  stdout: string;
  stderr: string;
  /** Content of what is below the case's folder then, by path. */
  files: Record<string, string>;
  /** What `after` printed. */
  shown: string[];
};

let count = 0;

/** Runs composed texts on Windows in a folder of their own, and looks at what they leave. Cases of tests that run side by side share a PowerShell. */
export async function runCopy(wanted: CopyCase): Promise<CopySeen> {
  const { before = "", texts, after = "", isAlone } = wanted;
  const base = `C:\\Windows\\Temp\\copy-${process.pid}-${Date.now()}-${++count}`;
  const end = await (isAlone ? runOnWindows : runTogether)(
    [
      `$base = '${base}'`,
      "$null = New-Item -ItemType Directory $base",
      "Set-Location $base",
      "try {",
      before,
      ...texts.flatMap((text, index) => [
        `[IO.File]::WriteAllBytes("$base.${index}.ps1", [Convert]::FromBase64String('${Buffer.from(`\ufeff${text}`).toString("base64")}'))`,
      ]),
      ...texts.map((_, index) => `& "$base.${index}.ps1"; "=== $LASTEXITCODE"`),
      after,
      "'=== files'",
      "Get-ChildItem -Recurse -Force -File -LiteralPath $base | ForEach-Object { foreach ($bytes in [Text.Encoding]::UTF8.GetBytes($_.FullName), [IO.File]::ReadAllBytes($_.FullName)) { [Convert]::ToBase64String($bytes) } }",
      "} finally {",
      'Set-Location C:\\; Remove-Item -Recurse -Force -ErrorAction SilentlyContinue "$base*"',
      "}",
    ].join("\n"),
  );
  const [stdout, stderr] = [end.stdout, end.stderr].map((bytes) =>
    bytes.toString().replaceAll("\r\n", "\n"),
  );
  return readSeen(
    { stdout: stdout ?? "", stderr: stderr ?? "" },
    texts.length,
    base,
  );
}

function readSeen(
  { stdout, stderr }: { stdout: string; stderr: string },
  texts: number,
  base: string,
): CopySeen {
  // before the first mark is what the first text printed, behind each its exit code and what the next one printed
  const parts = stdout.split(/^=== /m).map((part, index) => {
    const [, code = "", output = ""] =
      index === 0 ? ["", "", part] : (/^(\S*)\n([^]*)$/.exec(part) ?? []);
    return { code, output };
  });
  const list = (parts[texts + 1]?.output ?? "").trim();
  const lines = list === "" ? [] : list.split("\n").map(decode);
  const files: Record<string, string> = {};
  for (let at = 0; at < lines.length; at += 2)
    files[(lines[at] ?? "").slice(base.length + 1)] = lines[at + 1] ?? "";
  return {
    answers: parts
      .slice(0, texts)
      .map(({ output }) => parseAnswer({ stdout: output, stderr }, copyId)),
    exitCodes: parts.slice(1, texts + 1).map(({ code }) => Number(code)),
    stdout,
    stderr,
    files,
    shown: (parts[texts]?.output ?? "").split("\n").filter((it) => it !== ""),
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
