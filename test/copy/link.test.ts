import { createHash, randomBytes } from "node:crypto";
import { spawnSync } from "node:child_process";
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import path from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { composeFetch } from "../../src/copy/script.ts";
import type { Destination } from "../../src/copy/request.ts";
import { openNode } from "../support/agent.ts";
import type { NodeShell } from "../support/agent.ts";
import {
  destinationOf,
  openFolders,
  runCopy,
  shells,
} from "../support/node-copy.ts";

const ends: (() => void)[] = [];
afterAll(() => ends.forEach((end) => end()));
const makeFolder = openFolders((remove) => ends.push(remove));
const content = randomBytes(200_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const common =
  "awk setpriv base64 cat chmod chown find id ls mkdir mv rm rmdir sed sha256sum sh sleep".split(
    " ",
  );
const tools = ["curl", "wget", "python3"] as const;
const findProgram = (name: string) =>
  spawnSync("sh", ["-c", `command -v ${name}`], {
    encoding: "utf8",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  }).stdout.trim();

/** A node that has, of all that could follow a link, this tool. */
function openNodeWith(tool: string, shell: NodeShell) {
  const bin = makeFolder();
  for (const name of [...common, tool])
    symlinkSync(findProgram(name), path.join(bin, name));
  const node = openNode(shell, (remove) => ends.push(remove));
  node.env["PATH"] = bin;
  return node;
}

/** Answers the first requests in this way, and all others with the whole content. */
async function serve(...first: ("cut" | 503 | 403)[]): Promise<string> {
  const server: Server = createServer((_, response) => {
    const next = first.shift();
    if (typeof next === "number") {
      response.writeHead(next).end("no");
      return;
    }
    response.writeHead(200, { "content-length": content.length });
    if (next === undefined) response.end(content);
    else response.write(content.subarray(0, 100_000), () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return `http://127.0.0.1:${port ?? 0}/secret`;
}

function follow(
  tool: string,
  url: string,
  to: Destination,
  shell: NodeShell = "dash",
) {
  const script = composeFetch(to, { kind: "link", url }, { sha256 });
  return runCopy(openNodeWith(tool, shell), script, to);
}

type Failure = readonly [
  title: string,
  url: () => string | Promise<string>,
  how: string,
  cause: RegExp,
];
const cuts = Array.from({ length: 40 }, () => "cut" as const);
const failures: readonly Failure[] = [
  [
    "cut again and again",
    () => serve(...cuts),
    "failed",
    /: cut before the end, .*[a-z]/i,
  ],
  ["denied", () => serve(403, 403), "denied", /403/],
  [
    "to no host",
    () => "http://no-such-host.invalid/secret",
    "failed",
    /resolv|known|name/i,
  ],
  ["refused", () => "http://127.0.0.1:1/secret", "failed", /refused|connect/i],
  [
    "that is not TLS",
    async () => (await serve()).replace("http", "https"),
    "failed",
    /ssl|tls/i,
  ],
];

describe.each(tools.filter((tool) => findProgram(tool) !== ""))(
  "a link followed by %s",
  (tool) => {
    it.each([
      ["that works", []],
      ["that is cut twice", ["cut", "cut"]],
      ["that S3 refuses for a moment", [503]],
    ] as const)("%s brings the file", async (_, first) => {
      const folder = makeFolder();
      const to = destinationOf(`${folder}/f`);
      const answer = await follow(tool, await serve(...first), to);
      expect(answer).toEqual({ kind: "copied", path: `${folder}/f` });
      expect(readFileSync(`${folder}/f`).equals(content)).toBe(true);
      expect(readdirSync(folder)).toEqual(["f"]);
    });

    it.each(failures)(
      "%s says why, shows no link, and changes nothing",
      async (_, url, how, cause) => {
        const folder = makeFolder();
        writeFileSync(`${folder}/f`, "old");
        const answer = await follow(
          tool,
          await url(),
          destinationOf(`${folder}/f`),
        );
        expect(answer).toMatchObject({
          kind: "stuck",
          tried: expect.arrayContaining([{ way: tool, how }]),
        });
        expect(answer).toHaveProperty("said", expect.stringMatching(cause));
        expect(JSON.stringify(answer)).not.toContain("secret");
        expect(readdirSync(folder)).toEqual(["f"]);
        expect(readFileSync(`${folder}/f`, "utf8")).toBe("old");
      },
    );

    it("does not take an object that is another for a cut", async () => {
      const folder = makeFolder();
      const to = destinationOf(`${folder}/f`);
      const script = composeFetch(
        to,
        { kind: "link", url: await serve() },
        { sha256: "0".repeat(64) },
      );
      expect(
        await runCopy(openNodeWith(tool, "dash"), script, to),
      ).toMatchObject({
        kind: "failed",
        step: "damaged",
      });
      expect(readdirSync(folder)).toEqual([]);
    });

    it("does not blame the link for a folder that can't be written to", async () => {
      const folder = makeFolder();
      mkdirSync(`${folder}/f`);
      const to = destinationOf(folder, { fileName: "f" });
      expect(await follow(tool, await serve(), to)).toMatchObject({
        kind: "failed",
        step: "directory",
      });
    });
  },
);

describe.skipIf(findProgram("curl") === "").each(shells)(
  "in %s, a link",
  (shell) => {
    it.skipIf(process.getuid?.() !== 0)(
      "that is cut is followed again, for the user of ssm-run-as too",
      async () => {
        const folder = makeFolder();
        chownSync(folder, 1, 1);
        const to = destinationOf(`${folder}/f`, { runAs: "daemon" });
        expect(await follow("curl", await serve("cut"), to, shell)).toEqual({
          kind: "copied",
          path: `${folder}/f`,
        });
        expect(statSync(`${folder}/f`).uid).toBe(1);
        expect(readdirSync(folder)).toEqual(["f"]);
      },
    );
  },
);
