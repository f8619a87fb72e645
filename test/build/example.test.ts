import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { maintenanceDocuments } from "../../src/local/ssm/maintenance-documents.ts";
import {
  childrenOf,
  listPlugins,
  only,
  readJob,
  textIn,
} from "./example-jobs.ts";

const { zip } = inject("build");
const archive = zip.replace(
  /rundeck-ssm-bridge-([^/]+)\.zip$/,
  "rundeck-ssm-bridge-example-$1.rdproject.jar",
);
const bytes = readFileSync(archive);
const entries = unzipSync(bytes);
const names = Object.keys(entries);
const root = "rundeck-ssm-example/";
const textOf = (name: string) => Buffer.from(entries[name] ?? []).toString();

type Property = { name: string; values?: string; required?: boolean };
type Provider = { name: string; service: string; config: Property[] };
const manifest: { providers: Provider[] } = parse(
  readFileSync("plugin.yaml", "utf8"),
);
/** Rundeck's own Copy File step (CopyFileNodeStepPlugin), without its optional properties for folders. */
const copyFile: Provider = {
  name: "copyfile",
  service: "WorkflowNodeStep",
  config: [
    { name: "sourcePath", required: true },
    { name: "destinationPath", required: true },
    { name: "echo", values: "true,false" },
  ],
};

function findProvider(service: string, name: string): Provider {
  const found = [...manifest.providers, copyFile].find(
    (provider) => provider.service === service && provider.name === name,
  );
  if (found === undefined) throw new Error(`no ${service} is called ${name}`);
  return found;
}

/** Whether a provider has the property, and the property the value. */
function takes({ config }: Provider, key: string, value: string): boolean {
  const property = config.find(({ name }) => name === key);
  return property?.values?.split(",").includes(value) ?? property !== undefined;
}

const jobFile = /^rundeck-ssm-example\/jobs\/job-(.+)\.xml$/;
const jobs = names
  .filter((name) => jobFile.test(name))
  .map((name) => readJob(textOf(name), jobFile.exec(name)?.[1] ?? ""));

function findJob(wanted: string) {
  const found = jobs.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`there is no job ${wanted}`);
  return found;
}

describe("the example's archive", () => {
  test("begins with the manifest that Rundeck writes, in a manifest's form", () => {
    expect(names[0]).toBe("META-INF/MANIFEST.MF");
    const text = textOf("META-INF/MANIFEST.MF");
    const lines = text.split("\r\n");
    expect(lines.splice(-2)).toEqual(["", ""]);
    expect(lines.filter((line) => Buffer.byteLength(line) > 70)).toEqual([]);
    const [, day = ""] =
      /^date: "?(\S+?)"?$/m.exec(
        readFileSync(
          path.join(zip.slice(0, -".zip".length), "plugin.yaml"),
          "utf8",
        ),
      ) ?? [];
    expect(Object.fromEntries(lines.map((line) => line.split(": ")))).toEqual({
      "Manifest-Version": "1.0",
      "Rundeck-Application-Version": "6.0.0",
      "Rundeck-Archive-Format-Version": "1.0",
      "Rundeck-Archive-Project-Name": "ssm-example",
      "Rundeck-Archive-Export-Date": day,
    });
  });

  test("has only files that Rundeck's importer takes, each folder before what is in it", () => {
    // ProjectService.importToProject: */jobs/job-.*\.xml, */files/etc/project.properties, */files/(readme|motd)\.md
    const files = names.filter((name) => !name.endsWith("/")).slice(1);
    const taken =
      /^rundeck-ssm-example\/(?:jobs\/job-.*\.xml|files\/etc\/project\.properties|files\/(?:readme|motd)\.md)$/;
    expect(files.filter((name) => !taken.test(name))).toEqual([]);
    expect(files.filter((name) => !jobFile.test(name))).toEqual([
      `${root}files/etc/project.properties`,
      `${root}files/readme.md`,
    ]);
    for (const name of files) {
      const parent = `${path.dirname(name)}/`;
      expect(names).toContain(parent);
      expect(names.indexOf(parent)).toBeLessThan(names.indexOf(name));
    }
  });

  test("is in the release's checksums", () => {
    const sum = createHash("sha256").update(bytes).digest("hex");
    expect(
      readFileSync(path.join(path.dirname(zip), "SHA256SUMS"), "utf8"),
    ).toContain(`${sum}  ${path.basename(archive)}\n`);
  });

  test("has the jobs that the documentation names", () => {
    const documented = [
      ...readFileSync("docs/example.md", "utf8").matchAll(/^\| _([^_]+)_ /gm),
    ].map(([, name]) => name);
    expect(new Set(documented)).toEqual(new Set(jobs.map(({ name }) => name)));
    expect(new Set(jobs.map(({ uuid }) => uuid)).size).toBe(7);
  });
});

describe.each(jobs)("the job $name", ({ job, file, uuid, steps, options }) => {
  test("has what JobsXMLCodec requires, and nothing that it would misread", () => {
    expect(textIn(job, "uuid")).toBe(uuid);
    expect(textIn(job, "name")).not.toBe("");
    expect(textIn(job, "description")).not.toBe("");
    expect(textIn(job, "loglevel")).toBe("INFO");
    expect(
      job.children.map(({ name }) => name).filter((name) => name !== "context"),
    ).toEqual([
      "uuid",
      "name",
      "description",
      "loglevel",
      "executionEnabled",
      "scheduleEnabled",
      "nodefilters",
      "nodesSelectedByDefault",
      "dispatch",
      "sequence",
    ]);
    // read as a truth value only where there is a dispatch, else any text is true
    expect(textIn(job, "nodesSelectedByDefault")).toBe("false");
    expect(textIn(only(job, "dispatch"), "threadcount")).toMatch(/^\d+$/);
    expect(textIn(only(job, "nodefilters"), "filter")).not.toBe("");
    expect(only(job, "sequence").attributes).toEqual({
      keepgoing: "false",
      strategy: "node-first",
    });
    expect(steps.length).toBeGreaterThan(0);
  });

  test("has steps of one kind each", () => {
    const kinds = ["exec", "script", "node-step-plugin"];
    const known = ["description", "errorhandler", "plugins", "scriptargs"];
    for (const { children } of steps) {
      const parts = children.map(({ name }) => name);
      expect(parts.filter((name) => kinds.includes(name))).toHaveLength(1);
      expect(
        parts.filter((name) => ![...kinds, ...known].includes(name)),
      ).toEqual([]);
    }
  });

  test("has node steps that are there, with properties and values that they have", () => {
    for (const { type, values } of listPlugins(steps)) {
      const provider = findProvider("WorkflowNodeStep", type);
      expect(
        [...values].filter(([key, value]) => !takes(provider, key, value)),
      ).toEqual([]);
      expect(
        provider.config.filter(
          ({ name, required }) => required === true && !values.has(name),
        ),
      ).toEqual([]);
    }
  });

  test("refers to no option that it does not declare, by its kind", () => {
    const declared = options.map((option) => {
      const isFile = childrenOf(option, "type").some(
        ({ text }) => text === "file",
      );
      return `${isFile ? "file" : "option"}.${option.attributes["name"]}`;
    });
    const referred = [...file.matchAll(/\$\{((?:option|file)\.[\w-]+)/g)];
    const inEnvironment = [...file.matchAll(/\$RD_OPTION_(\w+)/g)].map(
      ([, name = ""]) => `option.${name.toLowerCase()}`,
    );
    expect(
      new Set([...referred.map(([, name]) => name), ...inEnvironment]),
    ).toEqual(new Set(declared));
  });

  test("has options whose value is among their own", () => {
    const wrong = options.filter(
      ({ attributes: { value = "", values } }) =>
        values !== undefined && !values.split(",").includes(value),
    );
    expect(wrong).toEqual([]);
  });
});

describe("what the jobs do", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bridge-example-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The script of a job, run by the interpreter that it names. */
  function runScript(
    name: string,
    words: string[],
    env: Record<string, string>,
  ) {
    const [script] = findJob(name).steps.flatMap((step) =>
      childrenOf(step, "script"),
    );
    const { status, stdout } = spawnSync(
      "/bin/sh",
      ["-c", script?.text ?? "", "sh", ...words],
      { encoding: "utf8", env: { ...process.env, ...env } },
    );
    return { status, stdout };
  }

  test("the script says its option's value as it is, as often as it is told", () => {
    const value = `It's "50%" of $HOME`;
    const options = { RD_OPTION_TEXT: value, RD_OPTION_TIMES: "2" };
    expect(runScript("Script with options", [], options)).toEqual({
      status: 0,
      stdout: `${value}\n${value}\n`,
    });
  });

  test.each([
    ["succeeds for the file that was sent", "sent", 0],
    ["fails for any other", "something else", 1],
  ])("verifying %s, and removes it", (_, content, status) => {
    const copied = path.join(folder, "a copy");
    writeFileSync(copied, content);
    const sha = createHash("sha256").update("sent").digest("hex");
    expect(runScript("Copy and verify", [sha, copied], {}).status).toBe(status);
    expect(existsSync(copied)).toBe(false);
  });

  test("verifying is for the file that was copied", () => {
    const { steps } = findJob("Copy and verify");
    const [copied] = listPlugins(steps);
    expect(
      steps
        .flatMap((step) => childrenOf(step, "scriptargs"))
        .map((args) => args.text),
    ).toEqual([`\${file.upload.sha} ${copied?.values.get("destinationPath")}`]);
  });

  test("the failure is a 3, and its handler is told", () => {
    const { job } = findJob("Fails with 3");
    const step = only(only(job, "sequence"), "command");
    const { status } = spawnSync("/bin/sh", ["-c", textIn(step, "exec")]);
    expect(status).toBe(3);
    const handler = only(step, "errorhandler");
    expect(handler.attributes).toEqual({ keepgoingOnSuccess: "false" });
    expect(textIn(handler, "exec")).toContain("${result.resultCode}");
  });

  test("the scan only scans, with parameters that AWS's document has", () => {
    const [scan] = listPlugins(findJob("Patch scan").steps);
    const document = maintenanceDocuments.find(
      ({ name }) => name === scan?.values.get("document"),
    );
    expect(parse(scan?.values.get("parameters") ?? "")).toEqual({
      Operation: "Scan",
    });
    expect(
      document?.versions[0]?.parameters?.["Operation"]?.allowedValues,
    ).toContain("Scan");
  });
});

describe("the example's project", () => {
  const lines = textOf(`${root}files/etc/project.properties`)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const properties = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );

  test("names providers that the plugin has", () => {
    const named = [
      ["ResourceModelSource", "resources.source.1.type"],
      ["NodeExecutor", "service.NodeExecutor.default.provider"],
      ["FileCopier", "service.FileCopier.default.provider"],
    ] as const;
    expect(
      named.map(
        ([service, key]) => findProvider(service, properties[key] ?? "").name,
      ),
    ).toEqual(["aws-ssm-nodes", "awsssmexecutor", "aws-ssm-copier"]);
  });

  test("sets properties that its providers have, and of Rundeck's own these", () => {
    const pattern = /^project\.plugin\.(\w+)\.([\w-]+)\.(.+)$/;
    const [ours, others] = [true, false].map((isOurs) =>
      Object.keys(properties).filter((key) => pattern.test(key) === isOurs),
    );
    const wrong = ours?.filter((key) => {
      const [, service = "", name = "", property = ""] =
        pattern.exec(key) ?? [];
      const value = properties[key] ?? "";
      return !takes(findProvider(service, name), property, value);
    });
    expect(ours).toHaveLength(2);
    expect(wrong).toEqual([]);
    // not project.name: Rundeck gives it the project that is imported into
    expect(others).toEqual([
      "project.label",
      "project.description",
      "resources.source.1.type",
      "project.nodeCache.enabled",
      "project.nodeCache.delay",
      "service.NodeExecutor.default.provider",
      "service.FileCopier.default.provider",
    ]);
  });
});
