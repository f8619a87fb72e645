import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseHost } from "../../src/rundeck/environment.ts";
import { openLayers } from "../../src/settings/open-layers.ts";
import { parseExecutorSettings } from "../../src/settings/parse.ts";

const signal = new AbortController().signal;
const clock = { deadline: () => signal };
let base = "";
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  const isAllowed = request.headers["x-rundeck-auth-token"] === "canary-token";
  response
    .writeHead(isAllowed ? 200 : 403)
    .end('{"project.ssm-run-as":"from-api"}');
});

beforeEach(async () => {
  asked = 0;
  base = await mkdtemp(path.join(tmpdir(), "rundeck-base-"));
  await mkdir(path.join(base, "etc"));
  await writeFile(
    path.join(base, "etc/framework.properties"),
    "framework.ssm-run-as=from-framework",
  );
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      resolve();
    }),
  );
});
afterEach(async () => {
  await rm(base, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function open(more: Record<string, string>) {
  const environment = {
    RD_RUNDECK_BASE: base,
    RD_RUNDECK_PROJECT: "shop",
    RD_NODE_NAME: "web1",
    RD_NODE_INSTANCEID: "i-0123456789abcdef0",
    RD_NODE_REGION: "eu-west-1",
    RD_EXEC_COMMAND: "id",
    ...more,
  };
  const host = parseHost(environment, "NodeExecutor");
  const { layers, notes } = await openLayers(environment, host, signal, clock);
  return { settings: parseExecutorSettings(layers), notes };
}

function apiUrl(): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("port");
  return `http://127.0.0.1:${address.port}`;
}

describe("a project that lives in Rundeck's database", () => {
  test("is asked for where a URL and a token are configured", async () => {
    const { settings, notes } = await open({
      RD_CONFIG_SSM_RUNDECK_URL: apiUrl(),
      RD_CONFIG_SSM_RUNDECK_TOKEN: "canary-token\n",
    });
    expect(settings.runAs).toBe("from-api");
    expect(settings.sources.get("ssm-run-as")).toBe("project.ssm-run-as");
    expect(notes).toEqual([]);
  });

  test("by the server's environment too", async () => {
    const { settings } = await open({
      RUNDECK_SSM_RUNDECK_URL: apiUrl(),
      RUNDECK_SSM_RUNDECK_TOKEN: "canary-token",
    });
    expect(settings.runAs).toBe("from-api");
  });

  test("is not asked for without them", async () => {
    const { settings, notes } = await open({
      RD_CONFIG_SSM_RUNDECK_URL: apiUrl(),
    });
    expect({ runAs: settings.runAs, notes, asked }).toEqual({
      runAs: "from-framework",
      notes: [],
      asked: 0,
    });
  });

  test("costs a note when Rundeck refuses, not the command", async () => {
    const { settings, notes } = await open({
      RD_CONFIG_SSM_RUNDECK_URL: apiUrl(),
      RD_CONFIG_SSM_RUNDECK_TOKEN: "another",
    });
    expect(settings.runAs).toBe("from-framework");
    expect(notes).toEqual([expect.stringContaining("HTTP 403")]);
  });

  test("a node's attributes can't send the token elsewhere", async () => {
    const { settings } = await open({
      RD_NODE_SSM_RUNDECK_URL: apiUrl(),
      RD_CONFIG_SSM_RUNDECK_TOKEN: "canary-token",
    });
    expect({ runAs: settings.runAs, asked }).toEqual({
      runAs: "from-framework",
      asked: 0,
    });
  });
});

test("a project in files is not asked for", async () => {
  await mkdir(path.join(base, "projects/shop/etc"), { recursive: true });
  await writeFile(
    path.join(base, "projects/shop/etc/project.properties"),
    "project.ssm-run-as=from-file",
  );
  const { settings } = await open({
    RD_CONFIG_SSM_RUNDECK_URL: apiUrl(),
    RD_CONFIG_SSM_RUNDECK_TOKEN: "canary-token",
  });
  expect({ runAs: settings.runAs, asked }).toEqual({
    runAs: "from-file",
    asked: 0,
  });
});
