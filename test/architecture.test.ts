import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "..", "src");

/** Which folders a folder may import at run time; `types` only as types. README.md, "Development", tells the reasons. */
const allowed: Record<string, { values: string[]; types?: string[] }> = {
  main: {
    values: [
      "aws",
      "command",
      "copy",
      "credentials",
      "exec",
      "output",
      "rundeck",
      "settings",
      "kernel",
    ],
  },
  copy: { values: ["exec", "command", "kernel"], types: ["aws", "settings"] },
  exec: { values: ["output", "command", "kernel"], types: ["aws", "settings"] },
  output: { values: ["command", "kernel"], types: ["aws"] },
  credentials: { values: ["aws", "kernel"], types: ["settings"] },
  aws: { values: ["kernel"], types: ["command"] },
  settings: { values: ["rundeck", "kernel"] },
  rundeck: { values: ["kernel"] },
  command: { values: ["kernel"], types: ["aws"] },
  local: { values: [] },
  kernel: { values: [] },
};

/** Only this file may start the local AWS, which shares no code with its clients on purpose. */
const startsLocal = "main/cli-local.ts";

/** Files that decide: no I/O, no clock, no chance. */
const core =
  /^(?:kernel\/(?!clock)|command\/|credentials\/choose|exec\/(?:backoff|settle)|copy\/plan|output\/(?:packed|bare|cursor)|settings\/(?!open-layers|generate|documents)|rundeck\/(?:environment|layers|naming|properties\.|expand|comment|host))/;
const impure =
  /\b(?:async|await)\b|Date\.now|Math\.random|randomBytes|process\.(?!stdout)|from "node:(?:fs|net|http|https|child_process|timers)/;

type Import = { file: string; to: string; typeOnly: boolean };

function sources(): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".d.ts"),
  );
}

function text(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

function imports(file: string): Import[] {
  const found = text(file).matchAll(
    /^(?:import|export) (type )?[^;]*?from "(\.[^"]+)"|import\("(\.[^"]+)"\)/gms,
  );
  return [...found].map((match) => ({
    file,
    to: path.join(path.dirname(file), match[2] ?? match[3] ?? ""),
    typeOnly: match[1] !== undefined,
  }));
}

const folder = (file: string) => file.split(path.sep)[0] ?? "";

describe("the structure of src", () => {
  it("has only folders that the table knows", () => {
    const folders = new Set(sources().map(folder));
    expect([...folders].filter((name) => !(name in allowed))).toEqual([]);
  });

  it("imports only along the table's arrows", () => {
    const wrong = sources()
      .flatMap(imports)
      .filter(({ file, to, typeOnly }) => {
        const [from, target] = [folder(file), folder(to)];
        if (from === target || file === startsLocal) return false;
        const rule = allowed[from];
        if (rule?.values.includes(target)) return false;
        return !(typeOnly && rule?.types?.includes(target));
      });
    expect(wrong).toEqual([]);
  });

  it("talks to AWS's SDK in aws alone", () => {
    const wrong = sources().filter(
      (file) =>
        folder(file) !== "aws" &&
        /from "@(?:aws-sdk|smithy)\//.test(text(file)),
    );
    expect(wrong).toEqual([]);
  });

  it("decides without I/O, clock or chance", () => {
    const wrong = sources().filter(
      (file) => core.test(file) && impure.test(withoutComments(text(file))),
    );
    expect(wrong).toEqual([]);
  });

  it("touches the process only in main", () => {
    const wrong = sources().filter(
      (file) =>
        folder(file) !== "main" &&
        folder(file) !== "local" &&
        /\bprocess\.(?:env|argv|exit|stdout|stderr|stdin|on)\b/.test(
          withoutComments(text(file)),
        ),
    );
    expect(wrong).toEqual([]);
  });
});

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}
