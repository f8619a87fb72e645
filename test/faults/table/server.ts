import { closeSync, openSync, rmSync } from "node:fs";
import { type Fault, passes, refused } from "../../support/faults/cell.ts";
import { until } from "../../support/faults/run.ts";

/** The Rundeck server's own side: pipes, folders, files, settings. */
export const serverFaults: Fault[] = [
  {
    id: "stdout-closed",
    fault: "nobody reads stdout and stderr any more",
    pipelines: ["executor", "output"],
    takesSeconds: 60,
    arrange: (world) => {
      world.unread = true;
      world.set({ "ssm-execution-timeout": "90" });
    },
    during: (_, running) => running.closeOutput(),
    expected: {
      happens:
        "the command runs to its end, or is cancelled, and nothing is left",
      exit: "own",
      runs: 1,
      longestSeconds: 75,
    },
  },
  {
    id: "stdout-blocked",
    fault: "nobody reads stdout for 5 s",
    pipelines: ["executor", "output"],
    during: async (_, running) => {
      running.pauseOutput();
      const back = performance.now() + 5_000;
      await until(running, () => performance.now() > back);
      running.resumeOutput();
    },
    expected: passes(30),
  },
  {
    id: "stdout-blocked-term",
    fault: "nobody reads stdout, and the job is killed",
    pipelines: ["output"],
    takesSeconds: 2,
    arrange: ({ environment }) => {
      environment["RD_CONFIG_CLOUDWATCH_LOG_GROUP"] = "/rundeck/output";
    },
    during: async (world, running) => {
      running.pauseOutput();
      await world.begun(running);
      await world.asked(running, "GetLogEvents", 4);
      running.kill("SIGTERM");
      // what Rundeck does at last
      const back = performance.now() + 20_000;
      await until(running, () => performance.now() > back);
      running.resumeOutput();
    },
    expected: {
      happens: "ends within 15 s",
      exit: 143,
      codeWord: "cancelled",
      runs: 1,
      longestSeconds: 15,
      since: "kill",
    },
  },
  {
    id: "stdout-full",
    fault: "stdout is a file on a full disk",
    pipelines: ["executor", "output"],
    arrange: (world) => {
      const full = openSync("/dev/full", "w");
      world.stdout = full;
      world.unread = true;
      world.use({ close: () => closeSync(full) });
    },
    expected: {
      happens: "fails: the output could not be written",
      exit: 74,
      codeWord: "output-incomplete",
      runs: 1,
      longestSeconds: 30,
    },
  },
  {
    id: "temporary-missing",
    fault: "the server's TMPDIR is not there",
    arrange: (world) => {
      world.environment["TMPDIR"] = `${world.folder}/nothing`;
    },
    expected: passes(15),
  },
  {
    id: "home-missing",
    fault: "the server has no HOME",
    arrange: (world) => {
      world.environment["HOME"] = "/nonexistent";
    },
    expected: passes(15),
  },
  {
    id: "node-options",
    fault: "the server's NODE_OPTIONS asks for a module that is not there",
    arrange: ({ environment }) => {
      environment["NODE_OPTIONS"] = "--require /nonexistent.cjs";
    },
    expected: passes(15),
  },
  {
    id: "node-debug",
    fault: "the server's NODE_DEBUG asks for lines",
    arrange: ({ environment }) => {
      environment["NODE_DEBUG"] = "http,net";
    },
    expected: passes(15),
  },
  {
    id: "bash-env",
    fault: "the server's BASH_ENV names a file that is not there",
    arrange: ({ environment }) => {
      environment["BASH_ENV"] = "/nonexistent.sh";
    },
    expected: passes(15),
  },
  {
    id: "file-missing",
    fault: "the file to copy is not there",
    pipelines: ["copier"],
    arrange: ({ file }) => rmSync(file.source),
    expected: refused(74, "transfer-failed", [/deploy\.bin/]),
  },
  {
    id: "file-is-folder",
    fault: "the file to copy is a folder",
    pipelines: ["copier"],
    arrange: ({ environment, folder }) => {
      environment["RD_FILE_COPY_FILE"] = folder;
    },
    expected: refused(74, "transfer-failed", [/regular file|folder|directory/]),
  },
  {
    id: "timeout-zero",
    fault: "ssm-execution-timeout is out of its range",
    arrange: ({ set }) => set({ "ssm-execution-timeout": "0" }),
    expected: refused(78, "setting-invalid", [/ssm-execution-timeout/, /0/]),
  },
  {
    id: "timeout-words",
    fault: "ssm-delivery-timeout is no number",
    arrange: ({ set }) => set({ "ssm-delivery-timeout": "soon" }),
    expected: refused(78, "setting-invalid", [/ssm-delivery-timeout/, /soon/]),
  },
  {
    id: "region-unresolved",
    fault: "the region is an unresolved reference",
    arrange: ({ environment }) => {
      environment["RD_NODE_REGION"] = "${node.region}";
    },
    expected: refused(78, "setting-invalid", [/region/]),
  },
  {
    id: "region-missing",
    fault: "no layer has a region",
    arrange: ({ environment }) => {
      environment["RD_NODE_REGION"] = "";
    },
    expected: refused(78, "setting-missing", [/region/]),
  },
  {
    id: "instance-missing",
    fault: "the node has no instanceId",
    arrange: ({ environment }) => {
      environment["RD_NODE_INSTANCEID"] = "";
    },
    expected: refused(78, "setting-missing", [/instanceId/]),
  },
];
