import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { copyContents } from "../contents.ts";
import type { Cell, Fault, Pipeline } from "./cell.ts";
import {
  container,
  credentialProcess,
  metadata,
  newSession,
  profile,
  singleSignOn,
  webIdentity,
  assumeRole,
  canary,
  keysOf,
} from "./sources.ts";
import { closedPort, openProxy } from "./servers.ts";
import { openWorld, type World } from "./world.ts";

/** A place where a secret is planted, and how the run may end. */
type Planting = {
  id: string;
  says: string;
  pipelines?: readonly Pipeline[];
  plant: (world: World) => void | Promise<void>;
  /** Secrets that the user has put into the command: they are there, and a note says so. */
  shown?: true;
};

export const plantings: readonly Planting[] = [
  { id: "environment", says: "the server's keys", plant: () => undefined },
  {
    id: "session",
    says: "the server's session",
    plant: (world) => {
      const session = newSession(world, "server");
      Object.assign(world.environment, {
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
      });
    },
  },
  {
    id: "key-storage",
    says: "a Key Storage value",
    plant: (world) => {
      world.withoutKeys();
      world.set({
        accessKeyId: world.identity.accessKeyId,
        secretKey: world.identity.secretAccessKey,
      });
    },
  },
  {
    id: "key-storage-wrong",
    says: "a Key Storage value that is no secret of this key",
    plant: (world) => {
      world.withoutKeys();
      world.set({
        accessKeyId: world.identity.accessKeyId,
        secretKey: canary(world, "wrong-key"),
      });
    },
  },
  {
    id: "role",
    says: "an assumed role's session",
    plant: (world) => {
      assumeRole(world);
    },
  },
  {
    id: "profile",
    says: "a profile's keys",
    plant: (world) => void profile(world, `[profile ops]\n${keysOf(world)}`),
  },
  {
    id: "single-sign-on",
    says: "IAM Identity Center's token and keys",
    plant: async (world) => void (await singleSignOn(world, (good) => good)),
  },
  {
    id: "single-sign-on-refused",
    says: "an Identity Center token that is refused",
    plant: async (world) =>
      void (await singleSignOn(world, () => ({ status: 401, text: "{}" }))),
  },
  {
    id: "web-identity",
    says: "a web identity token",
    plant: (world) => void webIdentity(world),
  },
  {
    id: "web-identity-refused",
    says: "a web identity token that STS refuses and repeats",
    plant: (world) => {
      webIdentity(world);
      world.fails({
        kind: "error",
        code: "InvalidIdentityToken",
        message: `the token ${world.secrets.at(-1) ?? ""} is not valid`,
        service: "sts",
      });
    },
  },
  {
    id: "process",
    says: "what a credential_process prints, and its arguments",
    plant: (world) => credentialProcess(world, (good) => `echo '${good}'`),
  },
  {
    id: "process-fails",
    says: "what a failing credential_process prints, and its arguments",
    plant: (world) =>
      credentialProcess(
        world,
        (good) => `echo '${good}'; echo "wrong: $*" >&2; exit 1`,
      ),
  },
  {
    id: "process-garbage",
    says: "what a credential_process prints that nobody can parse",
    plant: (world) => credentialProcess(world, (good) => `echo 'x${good}'`),
  },
  {
    id: "container",
    says: "a container's token and keys",
    plant: async (world) => void (await container(world, (good) => good)),
  },
  {
    id: "container-garbage",
    says: "keys of a container's endpoint in an answer that nobody can parse",
    plant: async (world) =>
      void (await container(world, (good) =>
        typeof good === "string"
          ? good
          : { ...good, text: `x${good.text ?? ""}` },
      )),
  },
  {
    id: "metadata",
    says: "an instance's keys",
    plant: async (world) => void (await metadata(world, (good) => good)),
  },
  {
    id: "proxy",
    says: "a proxy's password",
    plant: async (world) => {
      const password = canary(world, "proxy");
      const { port } = world.use(
        await openProxy({ demands: `ada:${password}` }),
      );
      delete world.environment["http_proxy"];
      world.environment["HTTP_PROXY"] =
        `http://ada:${password}@127.0.0.1:${port}`;
    },
  },
  {
    id: "proxy-dead",
    says: "the password of a proxy that is not there",
    // it is given up after a minute
    pipelines: ["executor"],
    plant: async (world) => {
      const password = canary(world, "proxy");
      delete world.environment["http_proxy"];
      world.environment["HTTP_PROXY"] =
        `http://ada:${password}@127.0.0.1:${await closedPort()}`;
    },
  },
  {
    id: "secure-option",
    says: "a secure option, beside all variables that a command may see",
    plant: (world) => {
      const secret = canary(world, "secure-option");
      Object.assign(world.environment, {
        RD_SECUREOPTION_PASSWORD: secret,
        RD_PRIVATE_PASSWORD: secret,
        RD_CONFIG_SSM_PASS_VARIABLES: "RD_*",
        RD_CONFIG_SSM_RUNDECK_TOKEN: canary(world, "rundeck-token"),
      });
    },
  },
  {
    id: "secure-option-in-command",
    says: "a secure option that stands in the command",
    pipelines: ["executor"],
    shown: true,
    plant: (world) => {
      const secret = canary(world, "secure-option");
      Object.assign(world.environment, {
        RD_SECUREOPTION_PASSWORD: secret,
        RD_EXEC_COMMAND: `: ${secret}; ${world.environment["RD_EXEC_COMMAND"] ?? ""}`,
      });
    },
  },
  {
    id: "signed-address",
    says: "a signed address, for a node whose role may not read the bucket",
    pipelines: ["copier"],
    plant: (world) => {
      world.node.role.policies = [];
      // a signed address holds the session's token
      const session = newSession(world, "server");
      Object.assign(world.environment, {
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
      });
    },
  },
];

const way: Record<Pipeline, Fault["way"]> = {
  executor: "pages",
  copier: "bucket",
  output: "bucket",
};

export const canaryCells: { cell: Cell; planting: Planting }[] =
  plantings.flatMap((planting) =>
    (planting.pipelines ?? (["executor", "copier", "output"] as const)).map(
      (pipeline) => ({ planting, cell: cellOf(planting, pipeline) }),
    ),
  );

function cellOf({ id, says }: Planting, pipeline: Pipeline): Cell {
  const expected = {
    happens: "shows no secret",
    exit: "own" as const,
    runs: "0 or 1" as const,
    longestSeconds: 90,
  };
  const fault: Fault = {
    id,
    fault: says,
    way: way[pipeline] ?? "pages",
    // long enough to be looked at
    takesSeconds: 1,
    expected,
  };
  return { id: `${pipeline}/${id}`, pipeline, fault, expected };
}

/** Where a planted secret was found: empty where all is well. */
export async function findCanaries(
  { cell, planting }: { cell: Cell; planting: Planting },
  place: { contents: string; folder: string },
): Promise<string[]> {
  const contents = path.join(
    place.folder,
    `plugin-${cell.id.replace("/", "-")}`,
  );
  // its own, with no cache in it that others have made
  copyContents(place.contents, contents);
  await using world = await openWorld(cell, { contents, folder: place.folder });
  await planting.plant(world);
  const before = new Set(filesBelow(world.folder));
  const running = world.start();
  const seen = new Map<string, string>();
  while (!running.hasEnded) {
    for (const [where, text] of processes(world)) seen.set(where, text);
    await delay(lookEveryMs);
  }
  const { stdout, stderr } = await running.ended;
  const places: [where: string, text: string][] = [
    ["stdout", stdout.toString("latin1")],
    ["stderr", stderr],
    ["requests to AWS", requestsOf(world)],
    ...seen,
    ...[
      ...filesBelow(world.folder).filter((it) => !before.has(it)),
      ...filesBelow(contents),
    ].map((file): [string, string] => [`file ${file}`, read(file)]),
  ];
  const isShown = planting.shown === true;
  const found = places.flatMap(([where, text]) =>
    world.secrets
      .filter((secret) => withoutAddresses(text).includes(secret))
      .map((secret) => `${secret.replace(/-[\da-f]{24}$/, "")} in ${where}`),
  );
  if (!isShown) return found;
  const notes = stderr.match(/^rundeck-ssm: note: .*secure option.*$/gim) ?? [];
  return [
    ...found.filter((it) => /in (?:stdout|stderr)/.test(it)),
    ...(notes.length === 1
      ? []
      : [`${notes.length} notes on the secure option`]),
  ];
}

/** What was sent, without the token that STS makes a session of. */
function requestsOf({ aws }: World): string {
  return JSON.stringify(
    aws.requests.map(({ operation, input }) =>
      operation === "AssumeRoleWithWebIdentity"
        ? { ...Object(input), WebIdentityToken: "" }
        : input,
    ),
  );
}

/** The one exception: a short-lived address for one object. */
function withoutAddresses(text: string): string {
  return text.replaceAll(
    /https?:\/\/[^\s"'\\]*X-Amz-Signature=[^\s"'\\]*|\/[^\s"'\\]*\?[^\s"'\\]*X-Amz-Signature=[^\s"'\\]*/g,
    "",
  );
}

/** Arguments of every process of the machine, and the environment of those that are not the plugin's own. */
function processes({ mark, folder }: World): [string, string][] {
  return lookAround().flatMap(({ pid, args, environment }) => {
    const program = args.replaceAll("\0", " ").slice(0, 60);
    // what the user's own profile says is the user's
    const isHelper = args.includes("credential-helper");
    const isOther = environment.includes(mark) || !environment.includes(folder);
    const seen: [string, string][] = [];
    if (!isHelper) seen.push([`arguments of ${pid} ${program}`, args]);
    if (!isOther) seen.push([`environment of ${pid} ${program}`, environment]);
    return seen;
  });
}

type Process = { pid: string; args: string; environment: string };

const lookEveryMs = 40;
const latest: { nextAtMs: number; seen: Process[] } = { nextAtMs: 0, seen: [] };

/**
 * All processes but ourselves, as they are now. Runs side by side share a look, which takes tens of milliseconds of the thread that the
 * local AWS has, too, and more on a busy machine: a quarter of its time goes there at most.
 */
function lookAround(): Process[] {
  const startedAtMs = performance.now();
  if (startedAtMs < latest.nextAtMs) return latest.seen;
  latest.seen = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({
      pid,
      args: read(`/proc/${pid}/cmdline`),
      environment: read(`/proc/${pid}/environ`),
    }));
  const endedAtMs = performance.now();
  const pauseMs = Math.max(lookEveryMs, 3 * (endedAtMs - startedAtMs));
  latest.nextAtMs = endedAtMs + pauseMs;
  return latest.seen;
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => path.join(item.parentPath, item.name));
  } catch {
    return []; // a folder that went while it was read
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // it has ended meanwhile
  }
}
