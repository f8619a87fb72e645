import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Clone, openClone } from "./clone.ts";
import { commandsOf, listBlocks } from "./commands.ts";

/** The demo runs jobs, and one of them waits for its kill. */
const patienceMs = 180_000;

let clone: Clone;
beforeAll(() => {
  clone = openClone();
});
afterAll(() => clone[Symbol.dispose]());

type Ended = { stdout: string; stderr: string; exitCode: number | null };

async function endOf(child: ChildProcess): Promise<Ended> {
  const ended = { stdout: "", stderr: "" };
  child.stdout?.on("data", (bytes) => (ended.stdout += String(bytes)));
  child.stderr?.on("data", (bytes) => (ended.stderr += String(bytes)));
  await once(child, "close");
  return { ...ended, exitCode: child.exitCode };
}

const texts = commandsOf("contributor").flatMap(({ text }) =>
  text.split(" && "),
);
const isServed = (text: string) => text.includes("rundeck-ssm local");
const commands = [...new Set(texts)].filter((text) => !isServed(text));

/** What shows that a command did what its document wants of it, by what it begins with. */
const shows: readonly [RegExp, (ended: Ended) => void][] = [
  [/^npm ci$/, ({ stdout }) => expect(stdout).toMatch(/up to date|added/)],
  [
    /npm run build$/,
    () =>
      expect(existsSync(path.join(clone.folder, "dist/SHA256SUMS"))).toBe(true),
  ],
  [
    /^\.\/scripts\/demo$/,
    ({ stdout }) => {
      expect(stdout).toContain("All of it came true");
      expect(stdout).not.toContain("FAILED");
    },
  ],
  [
    /^npx vitest run /,
    // a name that no test has would skip them all
    ({ stdout }) => expect(stdout).toMatch(/Tests +[1-9]\d* passed/),
  ],
];

describe("a contributor's commands, in a clone", () => {
  test.each(commands)(
    "%s",
    async (text) => {
      const ended = await endOf(clone.start(text));
      expect(ended.exitCode, `it said: ${ended.stdout}${ended.stderr}`).toBe(0);
      const show = shows.find(([form]) => form.test(text))?.[1];
      expect(show, "this command's effect is not looked at").toBeDefined();
      show?.(ended);
    },
    patienceMs,
  );
});

/** Rejects where it ends before it says anything. */
function firstLine(child: ChildProcess, ended: Promise<Ended>) {
  return new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (bytes) => resolve(String(bytes)));
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
}

const ready = z.object({ instanceIds: z.array(z.string()) });

/** One that nobody listens on. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

describe("the local AWS of docs/example.md", () => {
  const ofExample = listBlocks().filter(
    ([first]) => first?.file === "docs/example.md",
  );
  const [serving = ""] = texts.filter(isServed);
  const variables = ofExample
    .filter((block) => block.every(({ text }) => text.startsWith("export ")))
    .flat()
    .map(({ text }) => text);

  test(
    "is found by its variables, and ends with Ctrl-C",
    async () => {
      expect(texts.filter(isServed)).toHaveLength(1);
      expect(variables).toHaveLength(4);
      const port = await findPort();
      // whoever works here may have one running
      const here = (text: string) => text.replaceAll("4599", String(port));
      if (!existsSync(path.join(clone.folder, "dist")))
        await endOf(clone.start("npm run build"));
      const local = clone.start(here(serving));
      const ended = endOf(local);
      const { instanceIds } = ready.parse(
        JSON.parse(await firstLine(local, ended)),
      );
      expect(instanceIds).toHaveLength(3);
      const listed = await endOf(
        clone.start(
          `${here(variables.join("\n"))}\nnpx rundeck-ssm nodes --format json`,
        ),
      );
      expect([listed.exitCode, listed.stderr]).toEqual([0, ""]);
      for (const id of instanceIds) expect(listed.stdout).toContain(id);
      // a terminal tells the whole group
      process.kill(-(local.pid ?? 0), "SIGINT");
      expect((await ended).stderr).toBe("");
    },
    patienceMs,
  );
});
