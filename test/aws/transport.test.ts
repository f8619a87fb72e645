import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { AsyncResource } from "node:async_hooks";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { HttpRequest } from "@smithy/core/protocols";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTransport } from "../../src/aws/transport.ts";
import { makeCertificate, openProxy, openTls } from "../support/network.ts";
import type { Gate } from "../support/network.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-transport-"));
const behind = http.createServer((_, response) => response.end("hello"));
let tls: Gate;
let certificate: string;

beforeAll(async () => {
  certificate = makeCertificate(folder);
  await new Promise<void>((resolve) => {
    behind.listen(0, "127.0.0.1", resolve);
  });
  const address = behind.address();
  const port = typeof address === "object" ? address?.port : undefined;
  tls = await openTls(`http://127.0.0.1:${port}`, folder);
});
afterAll(async () => {
  await tls.close();
  behind.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = () => {
  const { hostname, port } = new URL(tls.url);
  return new HttpRequest({
    protocol: "https:",
    hostname,
    port: Number(port),
    method: "GET",
    path: "/",
  });
};

/** The status of a request by a client that is opened now. */
async function ask(
  bundle: string,
  more: Record<string, string> = {},
): Promise<number> {
  const transport = openTransport({ AWS_CA_BUNDLE: bundle, ...more });
  const handler = transport.handler();
  const { response } = await transport.travel(() => handler.handle(request()));
  handler.destroy();
  return response.statusCode;
}

it("trusts what the bundle holds when a client is opened, also where it held something else before", async () => {
  const other = path.join(folder, "other");
  mkdirSync(other);
  const bundle = path.join(folder, "bundle.pem");
  writeFileSync(bundle, readFileSync(makeCertificate(other)));
  await expect(ask(bundle)).rejects.toMatchObject({
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
  writeFileSync(bundle, readFileSync(certificate));
  expect(await ask(bundle)).toBe(200);
});

it("trusts what the bundle holds behind a proxy as well", async () => {
  const proxy = await openProxy();
  expect(await ask(certificate, { HTTPS_PROXY: proxy.url })).toBe(200);
  await proxy.close();
  expect(proxy.seen).toEqual([`CONNECT ${new URL(tls.url).host}`]);
});

describe("what was on its way", () => {
  /** How far a request came that failed, and how. */
  async function failed(
    environment: Record<string, string>,
    asked = request(),
  ): Promise<{ stage: string; code: unknown }> {
    const transport = openTransport(environment);
    const handler = transport.handler();
    return transport.travel(async (journey) => {
      const error: unknown = await handler
        .handle(asked)
        .catch((e: unknown) => e);
      handler.destroy();
      const code: unknown = Reflect.get(Object(error), "code");
      return { stage: journey.stage, code };
    });
  }
  const plain = () => Object.assign(request(), { protocol: "http:" });

  it("was not written to a proxy that speaks no TLS", async () => {
    const proxy = await openProxy();
    const url = proxy.url.replace("http:", "https:");
    const wrong = {
      stage: "connecting",
      code: expect.stringMatching(/SSL|PROTO/),
    };
    expect(await failed({ HTTP_PROXY: url }, plain())).toEqual(wrong);
    expect(await failed({ HTTPS_PROXY: url })).toEqual(wrong);
    await proxy.close();
  });

  it("has come past the proxy where the certificate behind it is not trusted", async () => {
    const proxy = await openProxy();
    expect(await failed({ HTTPS_PROXY: proxy.url })).toEqual({
      stage: "tunnelled",
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    await proxy.close();
  });

  it("was broken off by a proxy that ends a connection instead of opening a tunnel", async () => {
    const proxy = http
      .createServer()
      .on("connect", (_, client) => client.end());
    await new Promise<void>((resolve) => {
      proxy.listen(0, "127.0.0.1", resolve);
    });
    const address = proxy.address();
    const port = typeof address === "object" ? address?.port : undefined;
    expect(await failed({ HTTPS_PROXY: `http://127.0.0.1:${port}` })).toEqual({
      stage: "connecting",
      code: "ECONNRESET",
    });
    proxy.close();
  });
});

it("keeps account of its own requests alone, also of one within another's", async () => {
  const own = openTransport({ AWS_CA_BUNDLE: certificate });
  const other = openTransport({});
  const handler = own.handler();
  const journeys = await own.travel((outer) =>
    other.travel(async (inner) => {
      await handler.handle(request());
      return [outer, inner];
    }),
  );
  handler.destroy();
  expect(journeys.map(({ stage }) => stage)).toEqual(["answered", "unsent"]);
});

it("leaves nothing on what the process does afterwards, however many there were", async () => {
  const marks = () =>
    Object.getOwnPropertySymbols(new AsyncResource("any")).length;
  await openTransport({}).travel(async () => undefined);
  const before = marks();
  for (let i = 0; i < 50; i += 1)
    await openTransport({}).travel(async () => undefined);
  expect(marks()).toBe(before);
});
