import { describe, expect, it } from "vitest";
import type { Answer } from "../../src/copy/answer.ts";
import { fetchOnNode } from "../../src/copy/fetch.ts";
import type { Node } from "../../src/copy/node.ts";
import type { Destination } from "../../src/copy/request.ts";
import { Secret } from "../../src/kernel/secret.ts";

function stuck(way: string, said: string, links: string[] = []): Answer {
  return { kind: "stuck", tried: [{ way, how: "failed" }], links, said };
}

/** Tries to fetch on a node that gives these answers; tells what it was sent. */
async function fetch(
  platform: Destination["platform"],
  path: string,
  answers: Answer[],
) {
  const documents: string[] = [];
  const node: Node = {
    run: async ({ documentName }) => {
      documents.push(documentName);
      return answers.shift() ?? { kind: "copied", path };
    },
    takeOver: async () => undefined,
    end: async () => "ended",
    commandId: () => undefined,
  };
  const to = {
    platform,
    path,
    fileName: "x",
    fileMode: "0600",
    copyId: "0123456789abcdef01234567",
  };
  const staged = {
    bucket: "b",
    key: "k",
    region: "eu-west-1",
    sha256: "ab".repeat(32),
    presign: async () => new Secret("https://b/k"),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const { signal } = new AbortController();
  const fetched = await fetchOnNode(
    node,
    { staged, to, target: "node" },
    signal,
  );
  return { documents, fetched };
}

describe("fetching on a node", () => {
  it("tells what each way said", async () => {
    const { fetched } = await fetch("unix", "/x", [
      stuck("cli", "no credentials", ["curl"]),
      stuck("agent", ""),
      stuck("curl", "could not resolve host"),
    ]);
    expect(fetched).toMatchObject({
      kind: "stuck",
      said: "no credentials; could not resolve host",
    });
  });

  it.each([
    ["unix", "/x"],
    ["unix", "~/x"],
    ["windows", "C:\\x"],
    ["windows", "C:/x"],
    ["windows", "\\x"],
    ["windows", "\\\\server\\share\\x"],
  ] as const)("asks the SSM agent for %s %s", async (platform, path) => {
    const { documents } = await fetch(platform, path, [stuck("cli", "")]);
    expect(documents[1]).toBe("AWS-RunRemoteScript");
  });

  it.each([
    ["unix", "x"],
    ["unix", "sub/x"],
    ["unix", "x:y"],
    ["windows", "sub\\x"],
    ["windows", "..\\x"],
  ] as const)(
    "asks the SSM agent for no relative path, which would lead into its own folder: %s %s",
    async (platform, path) => {
      const { documents, fetched } = await fetch(platform, path, [
        stuck("cli", "", ["curl"]),
      ]);
      expect(documents).not.toContain("AWS-RunRemoteScript");
      expect(documents).toHaveLength(2);
      expect(fetched.kind).toBe("copied");
    },
  );
});
