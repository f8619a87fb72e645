// What Rundeck does with the plugin, step by step, in front of a local AWS whose nodes run commands on this machine.
// Ends with 0 only if every step came true.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const { version } = JSON.parse(await readFile("package.json", "utf8"));
const contents = path.resolve(
  "dist",
  `rundeck-ssm-bridge-${version}`,
  "contents",
);
const names = ["web-1", "web-2", "db-1"];
const colours = { "web-1": 36, "web-2": 35, "db-1": 33 };
const began = performance.now();
let failures = 0;

function paint(text, colour) {
  return process.stdout.isTTY || process.env.FORCE_COLOR
    ? `\x1b[${colour}m${text}\x1b[0m`
    : text;
}

function title(text) {
  console.log(`\n${paint(text, 1)}`);
}

function check(isTrue, text) {
  if (!isTrue) failures += 1;
  console.log(`   ${isTrue ? paint("ok", 32) : paint("FAILED", 31)}  ${text}`);
}

/** Starts an entry of the plugin as Rundeck 5 does: bash, and nothing in the environment but these. */
function start(entry, name, variables) {
  const since = performance.now();
  const child = spawn("/bin/bash", [path.join(contents, entry)], {
    env: {
      RD_NODE_NAME: name,
      RD_NODE_INSTANCEID: local.instanceIds[names.indexOf(name)],
      RD_NODE_REGION: local.region,
      RD_RUNDECK_PROJECT: "demo",
      RD_JOB_EXECID: "1",
      RD_JOB_NAME: "rolling deploy",
      RD_JOB_USERNAME: "you",
      AWS_ENDPOINT_URL: local.endpoint,
      AWS_ACCESS_KEY_ID: "AKIADEMO",
      AWS_SECRET_ACCESS_KEY: "demo",
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = { out: [], err: [] };
  for (const [stream, kind] of [
    [child.stdout, "out"],
    [child.stderr, "err"],
  ])
    createInterface({ input: stream }).on("line", (line) => {
      lines[kind].push({ line, atMs: performance.now() - since });
      const at = ((performance.now() - since) / 1000).toFixed(1).padStart(5);
      console.log(
        `   ${paint(name.padEnd(5), colours[name])} ${at} s ${kind === "err" ? "!" : "|"} ${line}`,
      );
    });
  const ended = once(child, "close").then(([exitCode]) => ({
    exitCode,
    ...lines,
  }));
  return { child, lines, ended };
}

const run = (name, command, variables = {}) =>
  start("awsssmexecutor.sh", name, { RD_EXEC_COMMAND: command, ...variables });
const copy = (name, file, destination, variables = {}) =>
  start("aws-ssm-copier.sh", name, {
    RD_FILE_COPY_FILE: file,
    RD_FILE_COPY_DESTINATION: destination,
    ...variables,
  });
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const folder = await mkdtemp(path.join(tmpdir(), "rundeck-ssm-demo-"));
const server = spawn(
  "bash",
  [
    "dist/rundeck-ssm",
    "local",
    "--nodes",
    "3",
    "--bucket",
    "demo-files",
    "--log-group",
    "demo-output",
  ],
  { stdio: ["pipe", "pipe", "inherit"] },
);
const [ready] = await once(createInterface({ input: server.stdout }), "line");
const local = JSON.parse(ready);

try {
  title(`rundeck-ssm-bridge ${version} on a local AWS at ${local.endpoint}`);
  for (const [i, id] of local.instanceIds.entries())
    console.log(`   ${paint(names[i], colours[names[i]])}  ${id}`);

  title(
    "1. A command on all nodes, its output as it comes, and one node that fails",
  );
  const command = (name) =>
    `for step in 1 2 3 4; do echo "step $step of 4"; sleep 1; done; ${name === "db-1" ? "echo 'disk is full' >&2; exit 3" : "echo deployed"}`;
  const runs = await Promise.all(
    names.map(
      (name) =>
        run(name, command(name), {
          RD_NODE_CLOUDWATCH_LOG_GROUP: local.logGroup,
        }).ended,
    ),
  );
  check(
    runs.every(
      ({ out }) => out.length > 1 && out.at(-1).atMs - out[0].atMs > 1500,
    ),
    "lines came while the command ran",
  );
  check(
    runs[0].exitCode === 0 && runs[1].exitCode === 0,
    "web-1 and web-2 ended with 0",
  );
  check(
    runs[2].exitCode === 3 && runs[2].err[0]?.line === "disk is full",
    "db-1 ended with its own exit code 3, and its stderr is on stderr",
  );

  title(
    "2. An inline script with arguments: copied without any bucket, run, removed",
  );
  const script = path.join(folder, "script.sh");
  await writeFile(
    script,
    '#!/bin/bash\necho "$(hostname -s 2>/dev/null || echo node): $# arguments, the second is <$2>"\n',
  );
  const copied = await copy("web-1", script, "/tmp/rundeck-ssm-demo script.sh")
    .ended;
  const remote = copied.out[0]?.line;
  check(
    copied.exitCode === 0 && remote === "/tmp/rundeck-ssm-demo script.sh",
    "the copier printed the remote path alone",
  );
  await run("web-1", `chmod +x '${remote}'`).ended;
  const ran = await run("web-1", `'${remote}' one 'two words'`).ended;
  check(
    ran.exitCode === 0 && ran.out[0]?.line.includes("<two words>"),
    "the script ran with its arguments",
  );
  await run("web-1", `rm -f '${remote}'`).ended;

  title(
    "3. A file of 3 MB through S3: verified on the node, nothing left in the bucket",
  );
  const file = path.join(folder, "release.bin");
  const bytes = randomBytes(3_000_000);
  await writeFile(file, bytes);
  const target = path.join(folder, "on the node", "release.bin");
  const sent = await copy("web-2", file, target, {
    RD_NODE_SSM_COPIER_BUCKET: local.bucket,
  }).ended;
  const arrived = await readFile(target).catch(() => Buffer.alloc(0));
  check(
    sent.exitCode === 0 && sha256(arrived) === sha256(bytes),
    `SHA-256 on both sides is ${sha256(bytes).slice(0, 16)}…`,
  );
  const listing = await (
    await fetch(`${local.endpoint}/${local.bucket}?list-type=2`)
  ).text();
  check(
    listing.includes("<KeyCount>0</KeyCount>"),
    "the bucket is empty again",
  );

  title("4. A job that is killed");
  const marker = path.join(folder, "still running");
  const killed = run(
    "db-1",
    `trap 'echo cleaning up; exit 1' TERM; echo started; while sleep 0.2; do touch '${marker}'; done`,
    { RD_NODE_CLOUDWATCH_LOG_GROUP: local.logGroup },
  );
  while (killed.lines.out.length === 0 && killed.child.exitCode === null)
    await delay(50);
  killed.child.kill("SIGTERM");
  const { exitCode, out } = await killed.ended;
  check(exitCode === 143, "the plugin ended with 143");
  check(
    out.some(({ line }) => line === "cleaning up"),
    "the command had its TERM, and what it said then is here",
  );
  await rm(marker, { force: true });
  await delay(1000);
  check(
    !(await readdir(folder)).includes("still running"),
    "nothing of it runs any longer",
  );
} finally {
  server.stdin.end();
  await once(server, "close");
  await rm(folder, { recursive: true, force: true });
}

const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  failures === 0
    ? `\n${paint(`All of it came true, in ${seconds} s.`, 32)}`
    : `\n${paint(`${failures} of the steps failed.`, 31)}`,
);
process.exitCode = failures === 0 ? 0 : 1;
