import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, describe, expect, inject, test } from "vitest";
import { bundledPackages, readMeta } from "./bundled.ts";

const { zip } = inject("build");
const out = path.dirname(zip);
const release = path.basename(zip, ".zip");
const bytes = readFileSync(zip);
const entries = unzipSync(bytes);
const again = mkdtempSync(path.join(tmpdir(), "bridge-again-"));
afterAll(() => rmSync(again, { recursive: true }));

const sha256 = (data: Uint8Array) =>
  createHash("sha256").update(data).digest("hex");
const textOf = (name: string) =>
  Buffer.from(entries[`${release}/${name}`] ?? []).toString();

describe("the zip", () => {
  test("has the plugin, its licences, and nothing else", () => {
    const bundles = [
      "cli.cjs",
      "copy.cjs",
      "document.cjs",
      "exec.cjs",
      "sidecar.cjs",
    ];
    const scripts = readdirSync("src/plugin", { withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => item.name);
    const names = [
      "LICENSE",
      "NOTICE",
      "THIRD-PARTY-NOTICES",
      "plugin.yaml",
      "resources/icon.png",
    ].concat([...bundles, ...scripts].map((name) => `contents/${name}`));
    expect(Object.keys(entries)).toEqual(
      names.map((name) => `${release}/${name}`).toSorted(),
    );
    expect(bytes.length).toBeLessThanOrEqual(2_000_000);
  });

  test.each(["cli.cjs", "copy.cjs", "document.cjs", "exec.cjs"])(
    "has %s with its own sum in the last line, by which V8's cache is named",
    (name) => {
      const [, code = "", stamp] =
        /^(.*)\n\/\/ ([0-9a-f]{16})\n$/s.exec(textOf(`contents/${name}`)) ?? [];
      expect(stamp).toBe(sha256(Buffer.from(code)).slice(0, 16));
    },
  );

  test("has nothing of the local AWS", () => {
    const own = Object.keys(readMeta(out).inputs).filter((file) =>
      file.startsWith("src/"),
    );
    expect(own).toContain("src/main/cli.ts");
    expect(own.filter((file) => file.startsWith("src/local/"))).toEqual([]);
    expect(own).not.toContain("src/main/local.ts");
  });

  test("is the same, with its bill and its checksums, from another time zone, umask, locale and folder", () => {
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", 'umask 077; exec "$@"', "-", process.execPath]
        .concat("scripts/build.mjs")
        .concat(again),
      {
        encoding: "utf8",
        env: {
          ...process.env,
          TZ: "Pacific/Kiritimati",
          LC_ALL: "tr_TR.UTF-8",
        },
      },
    );
    expect(status, `the build said: ${stderr}`).toBe(0);
    const sums = readFileSync(path.join(out, "SHA256SUMS"), "utf8");
    expect(readFileSync(path.join(again, "SHA256SUMS"), "utf8")).toBe(sums);
    expect(sums).toContain(`${sha256(bytes)}  ${release}.zip\n`);
    const bill = readFileSync(path.join(out, `${release}.cdx.json`));
    expect(sums).toContain(`${sha256(bill)}  ${release}.cdx.json\n`);
  });
});

describe("the licences in the zip", () => {
  const sections = textOf("THIRD-PARTY-NOTICES")
    .split(/^-{79}$/m)
    .slice(1);

  test("cover every package in the bundles, each with a whole text of its own licence", () => {
    expect(bundledPackages(out).length).toBeGreaterThan(20);
    for (const { name, version, licence } of bundledPackages(out)) {
      const at = sections.findIndex((section) =>
        section.split("\n").includes(`${name} ${version} (${licence})`),
      );
      const text = sections[at + 1]?.replaceAll(/\s+/g, " ") ?? "";
      expect(text, `${name}'s licence`).toMatch(
        licenceTexts[licence] ?? "no licence that may be bundled",
      );
    }
  });

  test("are ours, too", () => {
    expect(textOf("LICENSE")).toBe(readFileSync("LICENSE", "utf8"));
    expect(textOf("NOTICE")).toContain("THIRD-PARTY-NOTICES");
  });
});

/** From a sentence near the beginning to one near the end. */
const licenceTexts: Record<string, RegExp> = {
  "Apache-2.0":
    /Version 2\.0, January 2004 .+ Grant of Patent License.+ accepting any such warranty or additional liability/,
  ISC: /Copyright.+ Permission to use, copy, modify, and\/or distribute this software.+ PERFORMANCE OF THIS SOFTWARE/,
  MIT: /Copyright.+ Permission is hereby granted, free of charge.+ OTHER DEALINGS IN THE SOFTWARE/i,
};
