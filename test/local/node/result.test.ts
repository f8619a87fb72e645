import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { openClient, read, run, send, until } from "../support/client.ts";
import { ListCommandInvocationsCommand } from "@aws-sdk/client-ssm";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ nodes: 1 });
});
afterAll(() => aws.close());

async function outputOf(commandId: string | undefined): Promise<string> {
  const { CommandInvocations } = await openClient(aws).send(
    new ListCommandInvocationsCommand({ CommandId: commandId, Details: true }),
  );
  return CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output ?? "";
}

describe("the result of a command", () => {
  test("nothing of the output is seen before the end, and the response code is -1", async () => {
    const commandId = await send(aws, [
      "echo early",
      "until [ -e go ]; do sleep 0.01; done",
    ]);
    expect(await read(aws, commandId)).toMatchObject({
      Status: "InProgress",
      StatusDetails: "InProgress",
      ResponseCode: -1,
      StandardOutputContent: "",
      ExecutionStartDateTime: "",
    });
    await run(aws, "touch go");
    await until(async () => (await read(aws, commandId)).Status === "Success");
    expect((await read(aws, commandId)).StandardOutputContent).toBe("early\n");
  });

  test.each([
    { exit: "exit 1", status: "Failed", details: "Failed", code: 1 },
    { exit: "exit 126", status: "Failed", details: "Failed", code: 126 },
    { exit: "no-such-program", status: "Failed", details: "Failed", code: 127 },
    { exit: "if", status: "Failed", details: "Failed", code: 2 },
    { exit: "exit 256", status: "Success", details: "Success", code: 0 },
    { exit: "exit 168", status: "Success", details: "Success", code: 168 },
    {
      exit: "exit 137",
      status: "TimedOut",
      details: "ExecutionTimedOut",
      code: 137,
    },
    {
      exit: "sh -c 'kill -KILL $$'",
      status: "TimedOut",
      details: "ExecutionTimedOut",
      code: 137,
    },
    {
      exit: "sh -c 'kill -TERM $$'",
      status: "Failed",
      details: "Failed",
      code: 143,
    },
  ])(
    "$exit is $status, $details, $code",
    async ({ exit, status, details, code }) => {
      expect(await run(aws, exit)).toMatchObject({
        Status: status,
        StatusDetails: details,
        ResponseCode: code,
      });
    },
  );

  test("exit N appends its sentence to stderr with no newline before it", async () => {
    expect((await run(aws, "printf x >&2; exit 5")).StandardErrorContent).toBe(
      "xfailed to run commands: exit status 5",
    );
  });

  test("exit 137 appends no sentence", async () => {
    expect((await run(aws, "exit 137")).StandardErrorContent).toBe("");
  });

  test("exit 168 appends a sentence to stdout and takes stderr away, exit 169 appends one to both", async () => {
    expect(await run(aws, "printf x; printf y >&2; exit 168")).toMatchObject({
      StandardOutputContent:
        "x\nStep exited with code 168. Therefore, marking step as succeeded. Further document steps will be skipped.",
      StandardErrorContent: "",
    });
    const failed =
      "\nStep exited with code 169. Therefore, marking step as Failed. Further document steps will be skipped.";
    expect(await run(aws, "printf x; printf y >&2; exit 169")).toMatchObject({
      StandardOutputContent: `x${failed}`,
      StandardErrorContent: `yfailed to run commands: exit status 169${failed}`,
    });
  });

  test("a script killed as a whole is Failed with -1 and the signal's name", async () => {
    expect(await run(aws, "kill -KILL 0")).toMatchObject({
      Status: "Failed",
      ResponseCode: -1,
      StandardErrorContent: "failed to run commands: signal: killed",
    });
  });

  test("exit 194 reboots and runs the script again from its first line, for as long as it says so", async () => {
    const before = aws.nodes.get(aws.instanceIds[0] ?? "")?.reboots ?? 0;
    const result = await run(
      aws,
      "echo again >>boots; [ $(wc -l <boots) = 3 ] && exit 7; exit 194",
    );
    expect(result).toMatchObject({ Status: "Failed", ResponseCode: 7 });
    expect(aws.nodes.get(aws.instanceIds[0] ?? "")?.reboots).toBe(before + 2);
  });

  test("a machine that always reboots is left down after a bounded number of reboots, and the command stays InProgress", async () => {
    await using looping = await startLocalAws({ nodes: [{ maxReboots: 2 }] });
    const node = looping.nodes.get(looping.instanceIds[0] ?? "");
    const commandId = await send(looping, ["exit 194"]);
    await until(() => node?.reboots === 3);
    expect((await read(looping, commandId)).Status).toBe("InProgress");
  });
});

describe("truncation", () => {
  test("23,999 bytes of stdout are whole", async () => {
    const { StandardOutputContent = "" } = await run(
      aws,
      "head -c 23999 /dev/zero | tr '\\0' x",
    );
    expect(StandardOutputContent).toBe("x".repeat(23_999));
  });

  test.each([24_000, 24_001, 100_000])(
    "%i bytes become the first 23,980 and the marker",
    async (bytes) => {
      const { StandardOutputContent = "" } = await run(
        aws,
        `head -c ${bytes} /dev/zero | tr '\\0' x`,
      );
      expect(StandardOutputContent).toBe(
        `${"x".repeat(23_980)}--output truncated--`,
      );
    },
  );

  test("a character that is cut becomes U+FFFD, one for each of its bytes", async () => {
    const { StandardOutputContent = "" } = await run(
      aws,
      "head -c 23978 /dev/zero | tr '\\0' x; printf '\\342\\202\\254'; head -c 100 /dev/zero | tr '\\0' y",
    );
    expect(StandardOutputContent).toBe(
      `${"x".repeat(23_978)}\ufffd\ufffd--output truncated--`,
    );
  });

  test("stderr is shown to 8,000 characters, so that the sentence can be lost", async () => {
    const { StandardErrorContent = "" } = await run(
      aws,
      "head -c 9000 /dev/zero | tr '\\0' x >&2; exit 1",
    );
    expect(StandardErrorContent).toBe("x".repeat(8_000));
  });

  test("UTF-8, NUL, escape and CR are exact, and each invalid byte becomes U+FFFD", async () => {
    const { StandardOutputContent } = await run(
      aws,
      "printf '\\303\\251\\000\\033[1m\\r\\n\\377\\376|\\342\\202|\\355\\240\\200'",
    );
    expect(StandardOutputContent).toBe(
      "\u00e9\0\u001b[1m\r\n\ufffd\ufffd|\ufffd\ufffd|\ufffd\ufffd\ufffd",
    );
  });

  test("the list's Output has both streams in one field", async () => {
    const result = await run(aws, "printf out; printf err >&2");
    expect(await outputOf(result.CommandId)).toBe(
      "out\n----------ERROR-------\nerr",
    );
  });

  test.each([
    { out: 5_000, err: 0, ends: /^x+\n---Output truncated---$/ },
    {
      out: 0,
      err: 5_000,
      ends: /^\n-{10}ERROR-{7}\ny+\n---Error truncated----$/,
    },
    {
      out: 5_000,
      err: 10,
      ends: /^x+\n---Output truncated---\n-{10}ERROR-{7}\ny{10}$/,
    },
    {
      out: 5_000,
      err: 5_000,
      ends: /^x+\n---Output truncated---\n-{10}ERROR-{7}\ny+\n---Error truncated----$/,
    },
  ])("$out and $err bytes share 2,500 in it", async ({ out, err, ends }) => {
    const result = await run(
      aws,
      `head -c ${out} /dev/zero | tr '\\0' x; head -c ${err} /dev/zero | tr '\\0' y >&2`,
    );
    const output = await outputOf(result.CommandId);
    expect(output).toMatch(ends);
    expect(output.length).toBeLessThanOrEqual(2_500);
    expect(output.length).toBeGreaterThan(2_490);
  });
});

describe("the reply", () => {
  test.each(["<", "\\0", "&", "\\001"])(
    "24,000 of %s make a reply over 120,000 bytes: it never comes, and the command stays InProgress",
    async (char) => {
      const commandId = await send(aws, [
        `head -c 24000 /dev/zero | tr '\\0' '${char}'; touch written`,
      ]);
      await until(
        async () => (await run(aws, "rm written")).ResponseCode === 0,
      );
      expect((await run(aws, "true")).Status).toBe("Success");
      expect((await read(aws, commandId)).Status).toBe("InProgress");
    },
  );

  test("a reply that is lost leaves the command InProgress", async () => {
    const node = aws.nodes.get(aws.instanceIds[0] ?? "");
    if (node) node.lostReplies = 1;
    const commandId = await send(aws, ["true"]);
    await until(() => node?.lostReplies === 0);
    expect((await read(aws, commandId)).Status).toBe("InProgress");
    expect((await run(aws, "true")).Status).toBe("Success");
  });
});
