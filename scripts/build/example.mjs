import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { zipContents } from "./zip.mjs";

const project = "ssm-example";
const source = path.join("examples", "project");

/**
 * The bytes of the example project's archive, as Rundeck exports one and reads it (ProjectService.importToProject).
 * Folders have entries of their own: Rundeck's asynchronous import unpacks the archive to a disk first.
 */
export async function packExample(date) {
  const root = `rundeck-${project}/`;
  const contents = {
    "META-INF/MANIFEST.MF": composeManifest(date),
    [root]: "",
    [`${root}jobs/`]: "",
    ...(await readJobs(`${root}jobs/`)),
    [`${root}files/`]: "",
    [`${root}files/etc/`]: "",
    [`${root}files/etc/project.properties`]: await read("project.properties"),
    [`${root}files/readme.md`]: await read("readme.md"),
  };
  const bytes = Object.entries(contents).map(([name, text]) => [
    name,
    Buffer.from(text),
  ]);
  return zipContents(Object.fromEntries(bytes));
}

/** Of a job's file Rundeck's own name is `job-<uuid>.xml`; ours say what the job is. */
async function readJobs(folder) {
  const jobs = {};
  for (const name of (await readdir(path.join(source, "jobs"))).toSorted()) {
    const text = await read(path.join("jobs", name));
    const [, uuid] = /<uuid>([0-9a-f-]{36})<\/uuid>/.exec(text) ?? [];
    if (uuid === undefined) throw new Error(`${source}/jobs/${name}: no uuid`);
    jobs[`${folder}job-${uuid}.xml`] = text;
  }
  return jobs;
}

/** Rundeck's open source reads none of it at an import; the version is the one that Rundeck 6's own tests give their archives. */
function composeManifest(date) {
  return [
    "Manifest-Version: 1.0",
    "Rundeck-Application-Version: 6.0.0",
    "Rundeck-Archive-Format-Version: 1.0",
    `Rundeck-Archive-Project-Name: ${project}`,
    `Rundeck-Archive-Export-Date: ${date}`,
    "",
    "",
  ].join("\r\n");
}

function read(name) {
  return readFile(path.join(source, name), "utf8");
}
