import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bridge-refusals-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(program: string, words: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

test.each(["build", "generate"])(
  "npm run %s without the packages says in one line what to do",
  (name) => {
    cpSync("scripts", path.join(folder, "scripts"), { recursive: true });
    cpSync("package.json", path.join(folder, "package.json"));
    const words = [path.join(folder, "scripts", `${name}.mjs`)];
    expect(run(process.execPath, words)).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "The package esbuild is not installed: run npm ci in the repository first.\n",
    });
  },
);

describe("a build with a package", () => {
  /** What the build makes of a bundle of these packages: `{}` is one that may be bundled. */
  function list(packages: Record<string, Record<string, string>>) {
    const files = Object.keys(packages).map(
      (x) => `node_modules/${x}/index.js`,
    );
    const meta = {
      inputs: Object.fromEntries(files.map((file) => [file, { imports: [] }])),
      outputs: {
        "exec.cjs": { inputs: Object.fromEntries(files.map((x) => [x, {}])) },
      },
    };
    const locked: Record<string, object> = {};
    for (const [name, { text = "its licence", ...manifest }] of Object.entries(
      packages,
    )) {
      const at = path.join(folder, "node_modules", name);
      mkdirSync(at, { recursive: true });
      writeFileSync(
        path.join(at, "package.json"),
        JSON.stringify({ name, version: "1.0.0", license: "MIT", ...manifest }),
      );
      if (text !== "") writeFileSync(path.join(at, "LICENCE.txt"), text);
      locked[`node_modules/${name}`] = { integrity: "sha512-AA==" };
    }
    writeFileSync(
      path.join(folder, "package-lock.json"),
      JSON.stringify({ packages: locked }),
    );
    const module = path.resolve("scripts/build/packages.mjs");
    return run(process.execPath, [
      "--input-type=module",
      "-e",
      `const { listPackages } = await import(${JSON.stringify(module)});
       try { console.log((await listPackages(${JSON.stringify(meta)})).packages.map((x) => x.licenceText).join()); }
       catch (error) { console.log(error.message); }`,
    ]).stdout.trim();
  }

  test("under a licence that asks for more than its text fails", () => {
    expect(list({ good: {}, bad: { license: "AGPL-3.0-only" } })).toMatch(
      /^bad 1\.0\.0 has the licence AGPL-3\.0-only/,
    );
  });

  test("without a licence's text fails", () => {
    expect(list({ bare: { text: "" } })).toMatch(
      /^bare 1\.0\.0 has no licence/,
    );
  });

  test("without a text takes that of another one of its repository, under the same licence", () => {
    const repository = "https://example.org/x.git";
    const other = { repository, license: "ISC", text: "another" };
    const bare = { repository: `git+${repository}`, text: "" };
    expect(list({ bare, other })).toMatch(/^bare 1\.0\.0 has no licence/);
    expect(list({ bare, other, same: { repository } })).toBe(
      "its licence,another,its licence",
    );
  });
});

describe("the local AWS", () => {
  test("is in no release: one line says where it is", () => {
    const command = path.join(inject("build").contents, "rundeck-ssm");
    expect(run("bash", [command, "local", "--nodes", "1"])).toEqual({
      status: 78,
      stdout: "",
      stderr:
        "rundeck-ssm: setting-invalid: local is not part of a release: run npx rundeck-ssm local in the project's repository\n",
    });
  });

  test("starts in the repository, and a port that is taken is a wrong setting", async () => {
    const command = path.join(path.dirname(inject("build").zip), "rundeck-ssm");
    // its standard input is at its end, which ends it
    const { status, stdout } = run(command, ["local", "--nodes", "2"]);
    expect([status, JSON.parse(stdout).instanceIds.length]).toEqual([0, 2]);
    expect(run(command, ["local", "--help"]).stdout).toContain("--tps N");

    const windows = "--windows=1";
    expect(
      run(command, ["local", windows], { RUNDECK_SSM_POWERSHELL: "" }),
    ).toEqual({
      status: 78,
      stdout: "",
      stderr: expect.stringMatching(
        /^rundeck-ssm: setting-missing: --windows: RUNDECK_SSM_POWERSHELL is not set; [^\n]+\n$/,
      ),
    });
    expect(
      run(command, ["local", windows], {
        RUNDECK_SSM_POWERSHELL: "nosuch.exe",
      }),
    ).toEqual({
      status: 78,
      stdout: "",
      stderr: expect.stringMatching(
        /^rundeck-ssm: setting-invalid: --windows: RUNDECK_SSM_POWERSHELL is 'nosuch\.exe', which [^\n]+\n$/,
      ),
    });
    // a program of that name in PATH; no script runs here
    const both = run(command, ["local", "--nodes", "0", "--windows", "2"], {
      RUNDECK_SSM_POWERSHELL: "sh",
    });
    expect(JSON.parse(both.stdout).instanceIds).toEqual([
      "i-00000000000000001",
      "i-00000000000000002",
    ]);

    await using taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address();
        resolve(typeof address === "object" ? (address?.port ?? 0) : 0);
      });
    });
    expect(run(command, ["local", `--port=${port}`])).toEqual({
      status: 78,
      stdout: "",
      stderr: `rundeck-ssm: setting-invalid: port ${port} is taken: name another one with --port, or none for any that is free\n`,
    });
  });
});

describe("the notes of a release", () => {
  function notesOf(tag: string, changelog: string) {
    mkdirSync(path.join(folder, "scripts"));
    cpSync("scripts/release-notes", path.join(folder, "scripts/notes"));
    writeFileSync(path.join(folder, "package.json"), '{"version":"1.2.3"}');
    writeFileSync(path.join(folder, "CHANGELOG.md"), changelog);
    return run("bash", [path.join(folder, "scripts/notes"), tag]);
  }
  const others =
    "# Changelog\n\n## [Unreleased]\n\n- a\n\n## [1.2.30]\n\n- b\n";

  test("are the section of its version, and no other", () => {
    const own =
      "## [1.2.3] - 2026-01-02\n\n### Added\n\n- c\n\n## [1.2.2]\n- d\n";
    const { status, stdout } = notesOf("v1.2.3", `${others}\n${own}`);
    expect([status, stdout]).toEqual([0, "\n### Added\n\n- c\n"]);
  });

  test("are refused for a tag that is not the version", () => {
    expect(notesOf("v1.2.4", others)).toEqual({
      status: 1,
      stdout: "",
      stderr: "The tag is v1.2.4, but package.json says 1.2.3.\n",
    });
  });

  test("are refused where nothing is written down", () => {
    expect(notesOf("v1.2.3", others)).toEqual({
      status: 1,
      stdout: "",
      stderr: "CHANGELOG.md has nothing under ## [1.2.3].\n",
    });
  });
});
