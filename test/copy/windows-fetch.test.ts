import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { afterAll, describe, expect, it, vi } from "vitest";
import { composeFetch } from "../../src/copy/script.ts";
import type { Way } from "../../src/copy/request.ts";
import { hasWindows } from "../support/windows.ts";
import { runCopy, sha256, to } from "../support/windows-copy.ts";
import { closedPort } from "../support/faults/servers.ts";

const content = Buffer.alloc(300_000, "0123456789 bytes ");
const secret = "X-Amz-Signature=0123456789abcdef";

function fetch(way: Way, path = "x.bin"): string {
  return composeFetch(to(path), way, { sha256: sha256(content) });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** A server for one test; answers the address of an object there. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  return `http://127.0.0.1:${await listen(server)}/bucket/k?${secret}`;
}

vi.setConfig({ maxConcurrency: 100 });

describe.skipIf(!hasWindows).concurrent(
  "fetching on Windows (RUNDECK_SSM_POWERSHELL)",
  // the last one waits for all others'
  { timeout: 600_000 },
  () => {
    it("by a link puts the file in its place", async () => {
      const url = await serve((_, response) => response.end(content));
      const seen = await runCopy({ texts: [fetch({ kind: "link", url })] });
      expect(seen).toMatchObject({
        answers: [{ kind: "copied" }],
        stderr: "",
      });
      expect(seen.files).toEqual({ "x.bin": content.toString() });
    });

    it.each([
      [
        "is cut in the middle",
        (first: boolean): RequestListener =>
          (_, response) => {
            response.setHeader("content-length", content.length);
            if (!first) return void response.end(content);
            response.write(content.subarray(0, 200_000), () =>
              response.destroy(),
            );
          },
      ],
      [
        "stalls in the middle",
        (first: boolean): RequestListener =>
          (_, response) => {
            response.setHeader("content-length", content.length);
            if (!first) return void response.end(content);
            response.write(content.subarray(0, 200_000));
          },
      ],
      [
        "gets 503",
        (first: boolean): RequestListener =>
          (_, response) => {
            if (first) response.statusCode = 503;
            response.end(first ? "slow down" : content);
          },
      ],
    ])("by a link that %s tries again", async (_, answer) => {
      let requests = 0;
      const url = await serve((request, response) => {
        requests += 1;
        answer(requests === 1)(request, response);
      });
      const text = fetch({ kind: "link", url });
      // a stall ends after half a minute; here sooner
      const seen = await runCopy({ texts: [text.replaceAll("30000", "1000")] });
      expect(seen).toMatchObject({ answers: [{ kind: "copied" }], stderr: "" });
      expect(seen.files).toEqual({ "x.bin": content.toString() });
      expect(requests).toBe(2);
    });

    it("by a link that S3 refuses says so at once, and nothing of the link", async () => {
      let requests = 0;
      const url = await serve((_, response) => {
        requests += 1;
        response.statusCode = 403;
        response.end("<Error><Code>AccessDenied</Code></Error>");
      });
      const seen = await runCopy({ texts: [fetch({ kind: "link", url })] });
      expect(seen.answers).toMatchObject([
        { kind: "stuck", tried: [{ way: "powershell", how: "denied" }] },
      ]);
      expect(requests).toBe(1);
      expect(seen.stderr).toMatch(/^127\.0\.0\.1:\d+: .*403.* AccessDenied\n$/);
      expect(`${seen.stdout}${seen.stderr}`).not.toContain("X-Amz");
      expect(seen.files).toEqual({});
    });

    it.each([
      [
        "its name is nobody's",
        async () => "http://nosuch.invalid/b/k",
        /^nosuch\.invalid: .*(?:host|known|resolve)/i,
      ],
      [
        "nobody listens",
        async () => `http://127.0.0.1:${await closedPort()}/b/k`,
        /^127\.0\.0\.1:\d+: .*refused/i,
      ],
      [
        "TLS fails",
        async () =>
          (await serve((_, response) => response.end())).replace(
            "http:",
            "https:",
          ),
        /^127\.0\.0\.1:\d+: .*(?:SSL|TLS|frame|authentication|handshake)/i,
      ],
      [
        "the server always fails",
        async () =>
          serve((_, response) => {
            response.statusCode = 503;
            response.end();
          }),
        /^127\.0\.0\.1:\d+: .*503/,
      ],
      [
        "it is always cut",
        async () =>
          serve((_, response) => {
            response.setHeader("content-length", 1000);
            response.write("x", () => response.destroy());
          }),
        /^127\.0\.0\.1:\d+: .*(?:cut off|closed|ended|aborted|prematurely)/i,
      ],
    ])("by a link says why, where %s", async (_, open, reason) => {
      const url = `${await open()}?${secret}`;
      const text = fetch({ kind: "link", url });
      const seen = await runCopy({
        texts: [text.replace("Start-Sleep -Seconds $try", "")],
      });
      expect(seen.answers).toMatchObject([
        { kind: "stuck", tried: [{ way: "powershell", how: "failed" }] },
      ]);
      expect(seen.stderr).toMatch(reason);
      expect(seen.stderr.trim().split("\n")).toHaveLength(1);
      expect(`${seen.stdout}${seen.stderr}`).not.toContain("X-Amz");
      expect(seen.files).toEqual({});
    });

    it("by the agent takes what it has fetched", async () => {
      const seen = await runCopy({
        before: `[IO.File]::WriteAllBytes("$base\\object", [Convert]::FromBase64String('${content.toString("base64")}'))`,
        texts: [
          fetch({ kind: "agent", object: "object" }, "y\\x.bin"),
          fetch({ kind: "agent", object: "object" }, "y\\z.bin"),
        ],
      });
      expect(seen.answers).toMatchObject([
        { kind: "copied" },
        { kind: "stuck", tried: [{ way: "agent", how: "failed" }] },
      ]);
      expect(seen.files).toEqual({ "y\\x.bin": content.toString() });
    });

    it("by the agent leaves nothing in its folder where the destination is refused", async () => {
      const seen = await runCopy({
        before:
          "$null = New-Item -ItemType Directory y\\deploy.ps1; Set-Content object secret",
        texts: [fetch({ kind: "agent", object: "object" }, "y")],
      });
      expect(seen.answers).toMatchObject([
        { kind: "failed", step: "directory" },
      ]);
      expect(seen.files).toEqual({});
    });

    it("with the node's role uses what is there, and says what it was told", async () => {
      const role = {
        kind: "role",
        bucket: "b",
        key: "k",
        region: "eu-west-1",
      } as const;
      const none = await runCopy({ texts: [fetch(role)] });
      expect(none.answers).toEqual([
        {
          kind: "stuck",
          said: "",
          tried: [
            { way: "tools", how: "absent" },
            { way: "cli", how: "absent" },
          ],
          links: ["powershell"],
        },
      ]);
      const denied = await runCopy({
        before: "function Read-S3Object { throw 'Access Denied für b' }",
        texts: [fetch(role)],
      });
      expect(denied.answers).toMatchObject([
        {
          kind: "stuck",
          said: "tools: Access Denied für b",
          tried: [{ how: "denied" }, { how: "absent" }],
        },
      ]);
      const failed = await runCopy({
        before: "function Read-S3Object { throw 'no answer for b-403/4403' }",
        texts: [fetch(role)],
      });
      expect(failed.answers).toMatchObject([
        { kind: "stuck", tried: [{ how: "failed" }, { how: "absent" }] },
      ]);
      const cli = await runCopy({
        before:
          'function aws.exe { Write-Error -ErrorId x -Message "no room for $($args[3])"; $global:LASTEXITCODE = 1 }',
        texts: [fetch(role)],
      });
      expect(cli.answers).toMatchObject([
        {
          kind: "stuck",
          said: expect.stringMatching(/^cli: no room for C:\\\S+\\x\.bin$/),
          tried: [{ how: "absent" }, { how: "failed" }],
        },
      ]);
      const fetched = await runCopy({
        before: `function Read-S3Object($BucketName, $Key, $File, $Region) { [IO.File]::WriteAllBytes($File, [Convert]::FromBase64String('${content.toString("base64")}')) }`,
        texts: [fetch(role)],
      });
      expect(fetched).toMatchObject({
        answers: [{ kind: "copied" }],
        stderr: "",
      });
      expect(fetched.files).toEqual({ "x.bin": content.toString() });
    });
  },
);
