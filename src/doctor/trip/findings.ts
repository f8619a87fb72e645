import type { Outcome } from "../../kernel/outcome.ts";
import type { Finding } from "../check.ts";
import type { TripReport } from "./script.ts";

/** How the command itself ended. Undefined: as it should. */
export function findingOfOutcome(outcome: Outcome): Finding | undefined {
  switch (outcome.kind) {
    case "exited":
      return outcome.exitCode === 0
        ? undefined
        : {
            state: "problem",
            code: "transfer-failed",
            says: `the doctor's script ended with ${outcome.exitCode} on the node`,
            remedy:
              "look at its output in Run Command's history; a document of your own has to run its commands in a shell",
          };
    case "execution-timeout":
      return {
        state: "problem",
        code: "execution-timeout",
        says: `the doctor's script did not end within ${outcome.afterSeconds} s on the node`,
        remedy: "look at what the node is busy with",
      };
    case "delivery-timeout":
    case "never-begun":
      return {
        state: "problem",
        code: "delivery-timeout",
        says: `the node did not begin the command within ${outcome.afterSeconds} s`,
        remedy:
          "check that its SSM agent is online and not busy: it runs five commands at once, the others wait",
      };
    case "cancelled":
    case "killed":
      return {
        state: "unknown",
        says: "the command was cancelled before its end",
      };
  }
}

/** The runner keeps output in files; a copy needs room for what it copies. */
const scarceKibibytes = 100 * 1024;

export function describeRoom({ room }: TripReport): Finding {
  const { folder, freeKibibytes: free } = room;
  if (free === undefined)
    return { state: "unknown", says: `the node has no df: ${folder}` };
  const says = `${Math.round(free / 1024)} MiB free in ${folder}`;
  return free >= scarceKibibytes
    ? { state: "ok", says }
    : {
        state: "warning",
        says: `${says}: large output is cut, and a large file does not fit`,
        remedy: `make room in ${folder} on the node`,
      };
}

/** What each step on a Unix node can be done by. Source: the scripts of the runner and the copier. */
const steps = {
  decode: ["base64", "openssl", "python3", "perl", "awk"],
  verify: ["sha256sum", "shasum", "openssl", "python3", "perl"],
  fetch: ["aws", "python3", "curl", "wget"],
} as const;

export function describeTools(
  { tools, powershell }: TripReport,
  bucket: string | undefined,
): Finding {
  const has = tools.join(", ");
  if (powershell !== undefined)
    return {
      state: "ok",
      says: `PowerShell ${powershell}; ${has || "no aws"}`,
    };
  const lacks = (step: keyof typeof steps) =>
    !steps[step].some((tool) => tools.includes(tool));
  for (const step of ["decode", "verify"] as const)
    if (lacks(step))
      return {
        state: "problem",
        code: "transfer-failed",
        says: `the node has none of ${steps[step].join(", ")}: no file can be copied to it (it has ${has})`,
        remedy: `install ${steps[step][0]} on the node`,
      };
  if (bucket !== undefined && lacks("fetch"))
    return {
      state: "warning",
      says: `the node has none of ${steps.fetch.join(", ")}: only its SSM agent can fetch a file from ${bucket} (it has ${has})`,
      remedy: "install AWS CLI or curl on the node",
    };
  return { state: "ok", says: has };
}

/** As whom commands run: the runner has become that user, or the trip had failed. */
export function describeUser({ user }: TripReport): Finding {
  return { state: "ok", says: user };
}

export function describeShell({ shell }: TripReport, setting: string): Finding {
  return shell === "found"
    ? { state: "ok", says: setting }
    : {
        state: "problem",
        code: "setting-invalid",
        says: `${setting} is no program on the node`,
        remedy: "correct ssm-shell, or install it",
      };
}

/** A node that does not reach S3 or CloudWatch Logs goes another way. */
export function describeReach(
  reached: TripReport["s3"],
  without: string,
): Finding {
  if (!reached) return { state: "unknown", says: "the node does not tell" };
  const { url, answer } = reached;
  if (answer === "answered") return { state: "ok", says: `${url} answers` };
  if (answer === "no-tool")
    return {
      state: "unknown",
      says: `the node has neither curl, python3 nor wget to try ${url}`,
    };
  return {
    state: "warning",
    says: `the node does not reach ${url} (${answer.slice(0, 200)}): ${without}`,
    remedy:
      "check the node's way out: security group, route, proxy, or a VPC endpoint of the service",
  };
}

/** What the trip's output came by: a run says so where the log group was not it. */
export function describeNotes(notes: readonly string[]): Finding {
  if (notes.length === 0)
    return { state: "ok", says: "the output came through it" };
  const says = notes.map((note) => note.replace(/^node \S+ \([^)]*\): /, ""));
  return {
    state: "warning",
    says: says.join("; "),
    remedy:
      "allow the log group's writing to the node's role: rundeck-ssm policy node prints the statement",
  };
}
