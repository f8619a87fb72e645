import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, inject, it } from "vitest";

type Ended = { stdout: string; stderr: string; exitCode: number };

function ask(...words: string[]): Promise<Ended> {
  const script = path.join(inject("build").contents, "rundeck-ssm");
  return new Promise((resolve) => {
    const child = execFile(
      "/bin/bash",
      [script, "policy", ...words],
      (_, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: child.exitCode ?? -1 }),
    );
  });
}

describe("rundeck-ssm policy", () => {
  const document = readFileSync("docs/iam.md", "utf8");
  const printed = [
    ...document.matchAll(
      /^rundeck-ssm policy (.*)\n```\n\n```json\n([^]*?)^```$/gm,
    ),
  ].map(([, words = "", json = ""]) => [words, json] as const);

  it("is in docs/iam.md for each kind", () => {
    const kinds = printed.map(([words]) => words.split(" ")[0]);
    expect(new Set(kinds)).toEqual(
      new Set(["executor", "copier", "node", "bucket", "key", "trust"]),
    );
  });

  it.each(printed)(
    "%s prints what docs/iam.md says, alone on stdout",
    async (words, json) => {
      const { stdout, stderr, exitCode } = await ask(...words.split(" "));
      expect(JSON.parse(stdout)).toEqual(JSON.parse(json));
      expect(stderr).toMatch(/^(?:rundeck-ssm: note: [^\n]+\n)+$/);
      expect(exitCode).toBe(0);
    },
  );

  it("refuses what it has no use for, in one line", async () => {
    expect(await ask("node", "--tag", "Env=prod")).toEqual({
      stdout: "",
      stderr:
        "rundeck-ssm: setting-invalid: policy node has no use for --tag, which is for executor, copier\n",
      exitCode: 78,
    });
    const unknown = await ask("node", "--tags", "Env=prod");
    expect(unknown.stderr).toMatch(/there is no option "--tags"/);
    expect(unknown.exitCode).toBe(78);
  });
});
