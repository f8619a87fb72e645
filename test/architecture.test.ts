import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "..", "src");

/** Which folders a folder may import at run time; `types` only as types. CONTRIBUTING.md, "How a run goes", tells the reasons. */
const allowed: Record<string, { values: string[]; types?: string[] }> = {
  main: {
    values: [
      "aws",
      "command",
      "copy",
      "credentials",
      "doctor",
      "exec",
      "nodes",
      "output",
      "policy",
      "rundeck",
      "services",
      "settings",
      "sidecar",
      "kernel",
    ],
  },
  policy: { values: ["settings", "kernel"] },
  doctor: {
    values: [
      "aws",
      "command",
      "credentials",
      "exec",
      "rundeck",
      "services",
      "settings",
      "sidecar",
      "kernel",
    ],
    types: ["output"],
  },
  sidecar: {
    values: ["aws", "credentials", "exec", "services", "rundeck", "kernel"],
    types: ["output", "settings"],
  },
  services: {
    values: ["aws", "credentials", "kernel"],
    types: ["settings", "rundeck"],
  },
  nodes: { values: ["exec", "rundeck", "kernel"], types: ["aws"] },
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
const startsLocal = "main/local.ts";

/** Files that decide: no I/O, no clock, no chance. */
const core =
  /^(?:kernel\/(?!clock)|command\/|credentials\/choose|exec\/(?:backoff|settle)|copy\/plan|doctor\/(?:remedy|table|names|node\/(?:agent|regions|sighting)|permissions\/bucket-words|trip\/(?:findings|script))|policy\/|output\/(?:packed|bare|cursor)|settings\/(?!open-layers|generate|documents)|rundeck\/(?:environment|layers|naming|properties\.|expand|comment|secure-values|host))/;
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

/** Every circle of imports that a walk meets, from its first file by name; those of types count, since they tie files together as well. */
function listCircles(): string[] {
  const targets = new Map(
    sources().map((file) => [file, imports(file).map(({ to }) => to)]),
  );
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]) => {
    const at = trail.indexOf(file);
    if (at >= 0) circles.add(fromFirst(trail.slice(at)));
    if (at >= 0 || done.has(file)) return;
    for (const to of targets.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return [...circles];
}

function fromFirst(circle: readonly string[]): string {
  const first = circle.indexOf(circle.toSorted()[0] ?? "");
  return [...circle.slice(first), ...circle.slice(0, first)].join(" -> ");
}

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

  it("has the local AWS in no entry of the release", () => {
    const reached = new Set(
      ["exec", "copy", "document", "cli"].map((x) => `main/${x}.ts`),
    );
    for (const file of reached)
      for (const { to } of imports(file))
        if (to.endsWith(".ts")) reached.add(to);
    expect([...reached].filter((x) => folder(x) === "local")).toEqual([]);
    expect(reached).not.toContain(startsLocal);
    // the walk itself went somewhere
    expect(reached.size).toBeGreaterThan(50);
  });

  it("imports in no circle", () => {
    const found = listCircles();
    expect(found).toEqual([]);
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
