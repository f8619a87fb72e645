import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { run, send } from "../support/client.ts";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ nodes: 1 });
});
afterAll(() => aws.close());

async function stdoutOf(...commands: string[]): Promise<string> {
  return (await run(aws, commands)).StandardOutputContent ?? "";
}

describe("how a script runs", () => {
  test("commands are joined by newlines, with one at the end, into an executable _script.sh in the agent's orchestration folder", async () => {
    const result = await run(aws, ["echo one", "echo $0", "stat -c %a $0"]);
    const [, script = "", mode] = (result.StandardOutputContent ?? "").split(
      "\n",
    );
    expect(script).toMatch(
      new RegExp(
        `/orchestration/${result.CommandId}/awsrunShellScript/0\\.awsrunShellScript/_script\\.sh$`,
      ),
    );
    expect(mode).toBe("700");
    expect(await readFile(script, "utf8")).toBe(
      "echo one\necho $0\nstat -c %a $0\n",
    );
  });

  test("a #! first line is honoured", async () => {
    expect(await stdoutOf("#!/usr/bin/env -S sed -n 2p", "sed says this")).toBe(
      "sed says this\n",
    );
  });

  test("without #! the node's sh runs it", async () => {
    await using bashNode = await startLocalAws({
      nodes: [{ tools: { sh: "/usr/bin/bash" } }],
    });
    const which = "readlink /proc/$$/exe";
    expect(await stdoutOf(which)).toMatch(/dash\n$/);
    expect((await run(bashNode, which)).StandardOutputContent).toMatch(
      /bash\n$/,
    );
  });

  test("without set -e the last exit code wins", async () => {
    expect(await run(aws, ["false", "true"])).toMatchObject({
      Status: "Success",
      ResponseCode: 0,
    });
  });

  test("umask is 0022, stdin is empty, there is no tty, and the script has a process group of its own", async () => {
    expect(
      await stdoutOf(
        "umask; cat | wc -c; tty",
        // dash runs the script in a child of the `sh -c` that leads the group
        "read -r pid name state parent group rest </proc/$$/stat",
        "case $group in $pid | $parent) echo own group ;; esac",
      ),
    ).toBe("0022\n0\nnot a tty\nown group\n");
  });

  test("stdout and stderr are pipes, so that /dev/stderr can be opened", async () => {
    expect(
      await run(aws, "[ -p /dev/stdout ] && echo pipe; echo e >/dev/stderr"),
    ).toMatchObject({
      StandardOutputContent: "pipe\n",
      StandardErrorContent: "e\n",
    });
  });

  test("the environment is PATH, LANG, PWD and five SSM variables; TMPDIR and what leads AWS's clients here are the local AWS's own additions", async () => {
    const result = await run(aws, "env | cut -d= -f1 | sort | tr '\\n' ' '");
    expect(result.StandardOutputContent).toBe(
      "AWS_CONFIG_FILE AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_ENDPOINT_URL AWS_METADATA_SERVICE_TIMEOUT AWS_SHARED_CREDENTIALS_FILE AWS_SSM_INSTANCE_ID AWS_SSM_PLATFORM_NAME AWS_SSM_PLATFORM_VERSION AWS_SSM_REGION_NAME LANG PATH PWD SSM_COMMAND_ID TMPDIR ",
    );
    const values = await run(
      aws,
      "echo $AWS_SSM_INSTANCE_ID $AWS_SSM_REGION_NAME $SSM_COMMAND_ID",
    );
    expect(values.StandardOutputContent).toBe(
      `${aws.instanceIds[0]} us-east-1 ${values.CommandId}\n`,
    );
  });

  test("a relative working directory that does not exist is ignored", async () => {
    const home = await stdoutOf("pwd");
    const result = await run(aws, "pwd", {
      Parameters: { workingDirectory: ["no/such"] },
    });
    expect(result.StandardOutputContent).toBe(home);
  });

  test("an absolute working directory is entered, and one that does not exist is Failed with code 1", async () => {
    const folder = (await stdoutOf("mkdir -p sub; cd sub; pwd")).trim();
    const inside = await run(aws, "pwd", {
      Parameters: { workingDirectory: [folder] },
    });
    expect(inside.StandardOutputContent).toBe(`${folder}\n`);
    expect(
      await run(aws, "pwd", { Parameters: { workingDirectory: ["/no/such"] } }),
    ).toMatchObject({
      Status: "Failed",
      ResponseCode: 1,
      StandardOutputContent: "",
      StandardErrorContent:
        "failed to run commands: chdir /no/such: no such file or directory",
    });
  });

  test("dollars, quotes and backslashes arrive exactly", async () => {
    const nasty = `$HOME 'a' "b" \\n \`c\` {{foo}} {{ commands }} \u00e9`;
    expect(await stdoutOf("cat <<'END'", nasty, "END")).toBe(`${nasty}\n`);
  });

  test("CRLF is kept and breaks a command", async () => {
    expect(await run(aws, ["echo a\r", "true\r"])).toMatchObject({
      Status: "Failed",
      ResponseCode: 127,
      StandardOutputContent: "a\r\n",
    });
  });

  test("a byte order mark breaks the first word", async () => {
    expect(await run(aws, "\ufeffecho a")).toMatchObject({
      Status: "Failed",
      ResponseCode: 127,
    });
  });

  test("{{ssm:name}} is replaced by the parameter, and a missing one fails with code -1", async () => {
    await using withStore = await startLocalAws({
      nodes: 1,
      parameters: { greeting: "hi" },
    });
    expect(
      (await run(withStore, "echo {{ssm:greeting}}")).StandardOutputContent,
    ).toBe("hi\n");
    expect(await run(withStore, "echo {{ssm:absent}}")).toMatchObject({
      Status: "Failed",
      ResponseCode: -1,
      StandardOutputContent: "",
    });
  });

  test("the script and all output stay on the node", async () => {
    const result = await run(aws, "echo kept; echo too >&2; exit 4");
    const home = aws.nodes.get(aws.instanceIds[0] ?? "")?.folder ?? "";
    const folder = join(
      home,
      `var/lib/amazon/ssm/${aws.instanceIds[0]}/document/orchestration`,
      `${result.CommandId}/awsrunShellScript/0.awsrunShellScript`,
    );
    expect((await readdir(folder)).toSorted()).toEqual([
      "_script.sh",
      "stderr",
      "stderrConsole",
      "stdout",
      "stdoutConsole",
    ]);
    expect(await readFile(join(folder, "stdout"), "utf8")).toBe("kept\n");
    expect(await readFile(join(folder, "stderrConsole"), "utf8")).toBe(
      "too\nfailed to run commands: exit status 4",
    );
    expect((await stat(join(folder, "stdout"))).mode & 0o777).toBe(0o600);
  });

  test("each node has its own folder for relative files and temporary ones", async () => {
    await using two = await startLocalAws({ nodes: 2 });
    const [first = "", second = ""] = two.instanceIds;
    await run(two, "echo x >file; mktemp");
    const home = two.nodes.get(first)?.folder ?? "";
    expect(await readdir(home)).toContain("file");
    expect(await readdir(join(home, "tmp"))).toHaveLength(1);
    expect(await readdir(two.nodes.get(second)?.folder ?? "")).not.toContain(
      "file",
    );
  });
});

describe("what a node has", () => {
  test("a node may lack programs, and the others stay", async () => {
    await using bare = await startLocalAws({
      nodes: [{ tools: { without: ["curl", "wget", "python3"] } }],
    });
    expect(
      (await run(bare, "command -v curl wget python3; command -v sed >&2"))
        .StandardOutputContent,
    ).toBe("");
    expect(
      (await run(bare, "command -v sed >/dev/null && echo sed"))
        .StandardOutputContent,
    ).toBe("sed\n");
  });

  test("a bare image has only what is named", async () => {
    await using bare = await startLocalAws({
      nodes: [{ tools: { only: ["sh", "cat"] } }],
    });
    const result = await run(
      bare,
      "command -v cat && command -v ls || echo no",
    );
    expect(result.StandardOutputContent).toMatch(/\/cat\nno\n$/);
  });

  test("a node may have programs of its own", async () => {
    const folder = aws.nodes.get(aws.instanceIds[0] ?? "")?.folder ?? "";
    await mkdir(join(folder, "own"), { recursive: true });
    await run(
      aws,
      "printf '#!/bin/sh\\necho mine' >own/tool; chmod +x own/tool",
    );
    await using own = await startLocalAws({
      nodes: [{ tools: { add: { aws: join(folder, "own/tool") } } }],
    });
    expect((await run(own, "aws")).StandardOutputContent).toBe("mine\n");
  });

  test("a Windows node without PowerShell says Failed 1, and refuses a shell script", async () => {
    await using windows = await startLocalAws({
      nodes: [{ platform: "windows", instanceId: "mi-0123456789abcdef0" }],
    });
    const failed = await run(windows, "Get-Date", {
      DocumentName: "AWS-RunPowerShellScript",
    });
    expect(failed).toMatchObject({
      Status: "Failed",
      ResponseCode: 1,
      PluginName: "aws:runPowerShellScript",
    });
    await expect(send(windows, ["date"])).rejects.toMatchObject({
      name: "UnsupportedPlatformType",
    });
  });
});
