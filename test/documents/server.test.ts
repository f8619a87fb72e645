import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { makeCertificate, openProxy, openTls } from "../support/network.ts";
import { type Command, commandsOf, listBlocks } from "./commands.ts";
import { type Ended, openServerHome, type ServerHome } from "./server-home.ts";

/** The instance and the accounts that the documents name. */
const node = "i-0123456789abcdef0";
const [account, theirs] = ["111122223333", "222233334444"];
const role = `arn:aws:iam::${theirs}:role/rundeck`;

let home: ServerHome;
beforeAll(() => {
  home = openServerHome();
});
afterAll(() => home[Symbol.dispose]());

/** The AWS that a command expects: a role of the other account names its node there. */
function startAws(command: string): Promise<LocalAws> {
  const isTheirs = command.includes(`--ssm-assume-role-arn ${role}`);
  return startLocalAws({
    account,
    nodes: [
      {
        instanceId: node,
        region: "eu-west-1",
        account: isTheirs ? theirs : account,
      },
      { tags: { Name: "web", Env: "test" } },
      { account: theirs, tags: { Name: "theirs", Env: "prod" } },
    ],
  });
}

function credentials(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "AKIALOCAL",
    AWS_SECRET_ACCESS_KEY: "local-secret",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** Not the node's, so a command that leaves --region out does not find it. */
const server = { AWS_REGION: "us-east-1" };

const verbOf = (command: string) =>
  /(?:^|\/)rundeck-ssm (\S+)/.exec(command)?.[1] ?? "";
const all = commandsOf("server");
const ours = all.filter(({ text }) => verbOf(text) !== "");

/** What shows that a command did what its document wants of it. */
const shows: Record<
  string,
  (command: string, ended: Ended, aws: LocalAws) => void
> = {
  doctor: (command, { stdout }, aws) => {
    expect(stdout).not.toContain("✗");
    expect(stdout).toContain("✓ caller");
    if (!command.includes("--instance")) return;
    expect(stdout).toContain(`✓ instanceId`);
    expect(stdout).toContain("✓ registration");
    expect(stdout.includes("✓ round trip")).toBe(command.includes("--run"));
    const assumed = aws.requests.filter(
      ({ operation }) => operation === "AssumeRole",
    );
    expect(assumed.length > 0).toBe(command.includes("role-arn"));
    for (const { input } of assumed)
      expect(input).toMatchObject({
        RoleArn: role,
        ExternalId: "our-shared-word",
      });
  },
  exec: (command, { stdout }, aws) => {
    const [, remote = ""] = command.split(" -- ");
    if (remote === "id") expect(stdout).toBe(String(execFileSync("id")));
    expect(stdout).not.toBe("");
    const sent = aws.requests.filter(
      ({ operation }) => operation === "SendCommand",
    );
    expect(sent.map(({ input }) => input)).toEqual([
      expect.objectContaining({ InstanceIds: [node] }),
    ]);
  },
  nodes: (command, { stdout, stderr }, aws) => {
    // nothing is as it was when it last answered
    expect(stderr).toBe("");
    const [first, second, third = ""] = aws.instanceIds;
    if (command.includes("--filter"))
      expect(Object.values(parse(stdout))).toEqual([
        expect.objectContaining({ instanceId: third }),
      ]);
    else {
      expect(stdout).toContain(second);
      expect(stdout.includes(first ?? "")).toBe(command.includes("--regions"));
    }
  },
  policy: (_, { stdout }) => {
    expect(JSON.parse(stdout)).toHaveProperty("Statement");
  },
  sidecar: (command, { stdout }) => {
    if (command.includes("--json"))
      expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  },
};

describe("rundeck-ssm on a Rundeck server", () => {
  test.each(ours)("$file:$line: $text", async ({ text }) => {
    await using aws = await startAws(text);
    const ended = await home.run(text, {
      ...credentials(aws.endpoint),
      ...server,
    });
    expect([ended.exitCode, ended.stderr]).toEqual([
      0,
      expect.not.stringMatching(/rundeck-ssm: (?!note: )/),
    ]);
    const show = shows[verbOf(text)];
    expect(show, "this command's effect is not looked at").toBeDefined();
    show?.(text, ended, aws);
  });
});

/** A command with this at its beginning: the document's own text. */
function find(start: string): Command {
  const [found, ...others] = all.filter(({ text }) => text.startsWith(start));
  expect(others).toEqual([]);
  if (!found) throw new Error(`no document has a command ${start}`);
  return found;
}

describe("a release that was downloaded", () => {
  const { zip } = inject("build");

  test("is what its checksums say", async () => {
    const { text } = find("sha256sum");
    const { stdout, exitCode } = await home.run(text);
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toContain(`${path.basename(zip)}: OK`);
    const spoilt = await home.run(`echo >>${path.basename(zip)}; ${text}`);
    expect(spoilt.exitCode).not.toBe(0);
    await home.run(`cp '${zip}' .`);
  });

  test("gets into the libext of a package, for Rundeck to read", async () => {
    const { stderr, exitCode } = await home.run(find("sudo install").text);
    expect([stderr, exitCode]).toEqual(["", 0]);
    const there = path.join(home.base, "libext", path.basename(zip));
    expect(readFileSync(there).equals(readFileSync(zip))).toBe(true);
    expect(statSync(there).mode & 0o777).toBe(0o644);
  });

  test("gets into the libext of a war", async () => {
    const base = path.join(home.root, "war base");
    mkdirSync(path.join(base, "libext"), { recursive: true });
    const ended = await home.run(find("cp").text, { RDECK_BASE: base });
    expect([ended.stderr, ended.exitCode]).toEqual(["", 0]);
    const there = path.join(base, "libext", path.basename(zip));
    expect(readFileSync(there).equals(readFileSync(zip))).toBe(true);
  });

  test("has the example, which curl puts to Rundeck's API as an archive", async () => {
    await using rundeck = await listenAsRundeck();
    const { text } = find("curl");
    const ended = await home.run(text, {
      RUNDECK_URL: rundeck.url,
      TOKEN: "a-token",
    });
    expect([ended.stdout, ended.exitCode]).toEqual(["{}", 0]);
    const [, name = ""] = /@(\S+)/.exec(text) ?? [];
    // Source: Rundeck's API, "Project Archive Import"
    expect(rundeck.seen).toEqual([
      {
        asked:
          "PUT /api/41/project/ssm-example/import?importConfig=true&importNodesSources=true",
        token: "a-token",
        type: "application/zip",
        body: readFileSync(path.join(path.dirname(zip), name)),
      },
    ]);
    rundeck.refuse();
    expect(
      (await home.run(text, { RUNDECK_URL: rundeck.url, TOKEN: "" })).exitCode,
    ).not.toBe(0);
  });
});

/** What variables in a document do, for a program that is started where they are set. */
const settings: { name: string; try: (exports: string) => Promise<Ended> }[] = [
  {
    name: "AWS_REGION and SSM_BRIDGE_NODE",
    try: async (exports) => {
      await using aws = await startAws("");
      const ended = await home.run(
        `${exports}\nrundeck-ssm nodes`,
        credentials(aws.endpoint),
      );
      expect(ended.stdout).toContain(node);
      expect(existsSync(path.join(home.root, "node-was-started"))).toBe(true);
      return ended;
    },
  },
  {
    name: "HTTPS_PROXY and NO_PROXY",
    try: async (exports) => {
      await using aws = await startAws("");
      const certificate = makeCertificate(home.root);
      const proxy = await openProxy();
      const tls = await openTls(aws.endpoint, home.root);
      const ended = await home.run(
        `${exports.replace("http://proxy.example.com:3128", proxy.url)}\nrundeck-ssm nodes`,
        {
          ...credentials(tls.url),
          ...server,
          AWS_CA_BUNDLE: certificate,
        },
      );
      await Promise.all([proxy.close(), tls.close()]);
      expect(new Set(proxy.seen)).toEqual(
        new Set([`CONNECT ${new URL(tls.url).host}`]),
      );
      return ended;
    },
  },
];

describe("the variables", () => {
  // those of docs/example.md go with the local AWS that contributor.test.ts starts
  const blocks = listBlocks()
    .map((block) => block.filter(({ text }) => text.startsWith("export ")))
    .filter(([first]) => first && first.file !== "docs/example.md");
  const namesOf = (block: readonly Command[]) =>
    block.map(({ text }) => /^export (\w+)/.exec(text)?.[1]).join(" and ");

  test("of each block are tried", () => {
    expect(blocks.map(namesOf).toSorted()).toEqual(
      settings.map(({ name }) => name).toSorted(),
    );
  });

  test.each(settings)("$name", async ({ name, try: attempt }) => {
    const block = blocks.filter((found) => namesOf(found) === name).flat();
    const ended = await attempt(block.map(({ text }) => text).join("\n"));
    expect([ended.stderr, ended.exitCode]).toEqual(["", 0]);
  });
});

async function listenAsRundeck() {
  const seen: object[] = [];
  let status = 200;
  const listening = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    seen.push({
      asked: `${request.method} ${request.url}`,
      token: request.headers["x-rundeck-auth-token"],
      type: request.headers["content-type"],
      body,
    });
    response.writeHead(status).end("{}");
  });
  await new Promise<void>((resolve) =>
    listening.listen(0, "127.0.0.1", resolve),
  );
  const address = listening.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    refuse: () => {
      status = 403;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => listening.close(() => resolve())),
  };
}
