import { createServer, type RequestListener } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { Secret } from "../../src/kernel/secret.ts";
import { fetchProjectProperties } from "../../src/rundeck/project-api.ts";

const never = new AbortController().signal;
let close = async () => {};

afterEach(() => close());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      resolve();
    }),
  );
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("port");
  return `http://127.0.0.1:${address.port}`;
}

function fetchFrom(url: string, deadline = never) {
  return fetchProjectProperties(
    { url, token: new Secret("canary-token") },
    "my shop",
    { signal: never, deadline },
  );
}

test("the project's properties come as JSON, asked for with the token", async () => {
  const asked: unknown[] = [];
  const url = await serve((request, response) => {
    asked.push([request.url, request.headers["x-rundeck-auth-token"]]);
    response.end('{"project.ssm-profile":"p","number":1}');
  });
  const answer = await fetchFrom(`${url}/rundeck/`);
  expect(asked).toEqual([
    ["/rundeck/api/24/project/my%20shop/config", "canary-token"],
  ]);
  expect(answer).toEqual({ project: new Map([["project.ssm-profile", "p"]]) });
});

describe("a failure is a note, without the token", () => {
  test.each<[string, RequestListener, RegExp]>([
    [
      "refused",
      (_, response) => response.writeHead(403).end("canary-token"),
      /HTTP 403/,
    ],
    [
      "a login page",
      (_, response) => response.end("<html>"),
      /unusable answer/,
    ],
    [
      "what has no end",
      (_, response) => void response.write("x".repeat(5_000_000)),
      /unusable answer/,
    ],
    ["no object", (_, response) => response.end("[1]"), /unusable answer/],
    [
      "a redirect, which could carry the token away",
      (_, response) => response.writeHead(302, { location: "/login" }).end(),
      /no connection/,
    ],
    ["a reset", (request) => request.socket.destroy(), /no connection/],
  ])("%s", async (_, listener, why) => {
    const answer = await fetchFrom(await serve(listener));
    expect(answer).toEqual({ note: expect.stringMatching(why) });
    expect(JSON.stringify(answer)).not.toContain("canary-token");
  });

  test("no answer until the deadline", async () => {
    const deadline = new AbortController();
    const url = await serve(() => {
      deadline.abort();
    });
    expect(await fetchFrom(url, deadline.signal)).toEqual({
      note: expect.stringMatching(/no answer/),
    });
  });
});

test("a kill is not a note", async () => {
  const killed = new AbortController();
  const url = await serve(() => {
    killed.abort(new Error("killed"));
  });
  await expect(
    fetchProjectProperties({ url, token: new Secret("t") }, "p", {
      signal: killed.signal,
      deadline: never,
    }),
  ).rejects.toThrow("killed");
});
