import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod";
import {
  composePage,
  composePoll,
  composeRecover,
  composeRemove,
  composeRunner,
  composeStop,
  composeUpload,
} from "../../src/command/runner/compose.ts";
import {
  parseReport,
  readLeft,
  readSent,
} from "../../src/command/runner/report.ts";
import type { RunnerRequest } from "../../src/command/runner/request.ts";
import start from "../../src/command/runner/windows/start.ps1?raw";
import { readStream } from "../../src/command/runner/stream.ts";
import {
  countPages,
  readFirstPage,
  readPage,
  readPlain,
  readPoll,
  unpack,
} from "../../src/output/packed.ts";
import { toReply } from "../support/agent.ts";
import type { Ended } from "../support/agent.ts";
import {
  hasWindows,
  runAllOnWindows,
  runOnWindows,
  startOnWindows,
  windowsRequest,
} from "../support/windows.ts";

const platform = "windows" as const;

/** What a runner, or a recovery, answers: its account, and the output that it announces. */
async function collect(runId: string, ended: Ended) {
  const reply = toReply(ended);
  const report = parseReport(reply.stdout, runId);
  if (report?.kind !== "ended") return { report, reply };
  if (report.delivery.kind !== "packed")
    return { report, reply, output: readPlain(report, reply) };
  const { packBytes } = report.delivery;
  const count = countPages(packBytes);
  const further = Array.from({ length: count - 1 }, (_, index) => index + 1);
  const pages = await runAllOnWindows(
    further.map((page) =>
      composePage({ runId, platform, page, last: page === count - 1 }),
    ),
  );
  const parts = [
    readFirstPage(packBytes, reply),
    ...further.map((page, index) =>
      readPage(packBytes, page, toReply(present(pages[index]))),
    ),
  ];
  return { report, reply, output: unpack(report, parts) };
}

function present(ended: Ended | undefined): Ended {
  if (ended === undefined) throw new Error("it did not run");
  return ended;
}

/** What its runner says, whose private files stay. */
async function collectReport(wanted: RunnerRequest) {
  const { stdout } = await runOnWindows(composeRunner(wanted));
  return { report: parseReport(stdout.toString(), wanted.runId) };
}

async function run(command: string, more: Partial<RunnerRequest> = {}) {
  const wanted = windowsRequest(command, more);
  return collect(wanted.runId, await runOnWindows(composeRunner(wanted)));
}

/** Prints the private folders that a run has left. */
function listLeftovers(runId: string): string {
  return `Get-ChildItem $env:SystemRoot\\Temp -Filter '*${runId}*' | ForEach-Object Name`;
}

async function leftovers(runId: string): Promise<string> {
  const { stdout } = await runOnWindows(listLeftovers(runId));
  return stdout.toString().trim();
}

/** Resolves when the script has printed this, or the private file holds it: asked as a poll asks. */
async function untilWritten(runId: string, text: string): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    const { stdout } = await runOnWindows(
      composePoll({
        runId,
        platform,
        stdoutFrom: 0,
        stderrFrom: 0,
        waitSeconds: 2,
        maxBytes: 8_000_000,
      }),
    );
    const news = readPoll(stdout.toString(), runId);
    if (news?.kind === "news" && news.captured.stdout.includes(text)) return;
  }
  throw new Error("it was not written");
}

/** Starts a program that goes on, and prints its process's number. */
const startsPing =
  "(Start-Process -PassThru -NoNewWindow ping -ArgumentList '-n 100 127.0.0.1').Id";

/** Whether the program of `startsPing` is still there, which then is ended, and what the run has left. */
async function lookForPing(
  runId: string,
  printed: string | undefined,
): Promise<{ isRunning: boolean; left: string }> {
  const id = /^\d+/m.exec(printed ?? "")?.[0];
  if (id === undefined) throw new Error("no process was told");
  const [ping, left] = await runAllOnWindows([
    `$ping = Get-Process -Id ${id} -ErrorAction SilentlyContinue
     $ping.ProcessName
     if ($ping) { Stop-Process -Force $ping }`,
    listLeftovers(runId),
  ]);
  return {
    isRunning: present(ping).stdout.toString().trim().toLowerCase() === "ping",
    left: present(left).stdout.toString().trim(),
  };
}

// a start of PowerShell takes a second, and many times that where others work beside it
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.skipIf(!hasWindows)("a command on Windows", () => {
  it("keeps text of every kind, from PowerShell and from programs", async () => {
    const text = "grüße 你好 🚀 ‘’";
    const { output } = await run(
      `Write-Output '${text.replaceAll(/[‘’]/g, "$&$&")}'; cmd /c echo äöü; [Console]::Error.WriteLine('é€')`,
    );
    expect(output?.stdout.toString()).toBe(`${text}\r\näöü\r\n`);
    expect(output?.stderr.toString()).toBe("é€\r\n");
  });

  it("that writes much comes packed, page by page, and leaves nothing", async () => {
    const wanted = windowsRequest(
      `$random = New-Object Random 7; $bytes = New-Object byte[] 60000; $random.NextBytes($bytes)
       $out = [Console]::OpenStandardOutput(); $out.Write($bytes, 0, 60000); exit 3`,
    );
    const { report, output } = await collect(
      wanted.runId,
      await runOnWindows(composeRunner(wanted)),
    );
    expect(report).toMatchObject({ ending: { exitCode: 3 }, cut: [] });
    expect(output?.stdout).toHaveLength(60_000);
    expect(await leftovers(wanted.runId)).toBe("");
  });

  it("has a short name in errors, and none of the runner's", async () => {
    const { output, report } = await run(
      "Get-Item C:\\nosuch\nWrite-Error bad\nthrow 'up'",
    );
    expect(output?.stderr.toString()).toContain("command.ps1:1");
    expect(output?.stderr.toString()).toContain("bad");
    expect(output?.stderr.toString()).not.toMatch(/rundeck-ssm|[0-9a-f]{24}/);
    expect(report).toMatchObject({ ending: { exitCode: 1 } });
  });

  it("with #requires has that short name, too", async () => {
    const { output, report } = await run(
      '#requires -Version 3\nGet-Item C:\\nosuch; "root=$PSScriptRoot"; exit 3',
    );
    expect(output?.stderr.toString()).toContain("command.ps1:2");
    expect(output?.stderr.toString()).not.toMatch(/rundeck-ssm|[0-9a-f]{24}/);
    expect(output?.stdout.toString()).toBe("root=\r\n");
    expect(report).toMatchObject({ ending: { exitCode: 3 } });
  });

  it("whose parameters can't be had fails by that name, without lines of the runner's", async () => {
    const { output, report } = await run("param([int] $x = 'abc')\n'hi'");
    expect(output?.stderr.toString()).toMatch(/^command\.ps1\b.*"abc"/);
    expect(output?.stderr.toString()).not.toMatch(/rundeck-ssm|LASTEXITCODE/);
    expect(report).toMatchObject({ ending: { exitCode: 1 } });
  });

  it("that is no PowerShell is told where, on one line", async () => {
    const { output, report } = await run("'a'\nif (");
    expect(output?.stderr.toString()).toMatch(/^command\.ps1:2:5: .*\r?\n$/);
    expect(report).toMatchObject({ ending: { exitCode: 1 } });
  });

  it("that leaves a program on its console does not hold the agent", async () => {
    const wanted = windowsRequest(`${startsPing}; 'started'`);
    const ended = await runOnWindows(composeRunner(wanted), {
      RUNDECK_SSM_HANDLES: "wait",
    });
    const { output } = await collect(wanted.runId, ended);
    // it lives on, and the agent's streams have ended all the same
    expect(
      await lookForPing(wanted.runId, output?.stdout.toString()),
    ).toMatchObject({ isRunning: true });
  });

  it("does not begin where its runner has died before it let it", async () => {
    const label = `rundeck-ssm-${randomBytes(12).toString("hex")}-dead`;
    const { stdout, stderr } = await runOnWindows(
      `$folder = "$env:SystemRoot\\Temp\\${label}"
       $null = New-Item -ItemType Directory $folder
       Set-Content "$folder\\command.ps1" "'ran'"
       Set-Content "$folder\\start.ps1" @'
${start}
'@
       $gate = [Threading.Mutex]::new($true, 'Global\\${label}-gate')
       $id = (Start-Process -PassThru -NoNewWindow "$PSHOME\\powershell.exe" -ArgumentList '-NoProfile', '-File', "$folder\\start.ps1").Id
       "started $id"`,
      { RUNDECK_SSM_HANDLES: "wait" },
    );
    expect(stdout.toString()).toMatch(/^started \d+\r?\n$/);
    expect(stderr.toString()).toMatch(/^rundeck-ssm: .* did not begin: /);
    await runOnWindows(
      `Remove-Item -Recurse "$env:SystemRoot\\Temp\\${label}"`,
    );
  });

  it("writes no more to the node's disk than some multiple of the limit", async () => {
    const wanted = windowsRequest(
      `$text = 'x' * 65536
       $most = 0
       for ($n = 0; $n -lt 3000; $n++) {
         [Console]::Out.Write($text)
         if ($n % 20 -eq 0) {
           $size = (Get-ChildItem $env:SystemRoot\\Temp\\*$env:RD_OPTION_RUN*\\out).Length
           if ($size -gt $most) { $most = $size }
         }
       }
       [Console]::Error.Write($most)`,
      { maxBytes: 1_000_000 },
    );
    const { report, output } = await collect(
      wanted.runId,
      await runOnWindows(
        composeRunner({
          ...wanted,
          variables: new Map([["RD_OPTION_RUN", wanted.runId]]),
        }),
      ),
    );
    expect(report).toMatchObject({ cut: ["stdout"], stdoutBytes: 1_000_000 });
    expect(output?.stdout.toString()).toBe("x".repeat(1_000_000));
    const most = Number(output?.stderr.toString());
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(64_000_000);
  });

  it("that cleans Windows' temporary files keeps its code and output", async () => {
    const wanted = windowsRequest("");
    const { runId } = wanted;
    const command = `'begun'; Remove-Item $env:SystemRoot\\Temp\\*${runId}* -Recurse -Force -ErrorAction SilentlyContinue
       [IO.Directory]::GetFiles("$env:SystemRoot\\Temp", 'out', 'AllDirectories') -match '${runId}' | ForEach-Object { [IO.File]::Delete($_) }
       'done'; exit 3`;
    const { report, output } = await collect(
      runId,
      await runOnWindows(composeRunner({ ...wanted, command })),
    );
    expect(report).toMatchObject({
      ending: { kind: "exited", exitCode: 3 },
      incomplete: false,
    });
    expect(output?.stdout.toString()).toBe("begun\r\ndone\r\n");
    expect(await leftovers(runId)).toBe("");
  });

  it("runs in cmd.exe with its own code", async () => {
    const { report, output } = await run(
      "@echo off\necho %CD%>nul\nif 1==1 (\necho in & echo and\n)\nexit /b 9",
      { shell: "cmd.exe" },
    );
    expect(report).toMatchObject({ ending: { exitCode: 9 } });
    expect(output?.stdout.toString()).toBe("in \r\nand\r\n");
  });

  it("is ended by its time, with what it started", async () => {
    const wanted = windowsRequest(
      `'begun'; ${startsPing}; ping -n 100 127.0.0.1 > $null`,
      // its own PowerShell starts within this time, too
      { timeoutSeconds: 30 },
    );
    const ended = await runOnWindows(composeRunner(wanted), {
      RUNDECK_SSM_HANDLES: "wait",
    });
    const { report, output } = await collect(wanted.runId, ended);
    expect(report).toMatchObject({ ending: { kind: "timeout" } });
    expect(output?.stdout.toString()).toContain("begun");
    expect(await lookForPing(wanted.runId, output?.stdout.toString())).toEqual({
      isRunning: false,
      left: "",
    });
  });
});

describe.skipIf(!hasWindows)("an output for a bucket, on Windows", () => {
  it("is sent to the signed address, or by the node's own role", async () => {
    const bodies: Buffer[] = [];
    const server = createServer((incoming, answer) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        bodies.push(Buffer.concat(chunks));
        answer.writeHead(incoming.url?.includes("denied") ? 403 : 200).end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const wanted = windowsRequest(
      "$bytes = New-Object byte[] 40000; (New-Object Random 5).NextBytes($bytes); [Console]::OpenStandardOutput().Write($bytes, 0, 40000)",
    );
    const { runId } = wanted;
    const { report } = await collectReport(wanted);
    const send = (url?: string) =>
      // what the AWS Tools for PowerShell bring
      `function Write-S3Object($BucketName, $Key, $File) { if ($BucketName -ne "b'1" -or $Key -ne 'k') { throw 'no' } }
${composeUpload({ runId, platform, bucket: "b'1", key: "k", ...(url === undefined ? {} : { url }) })}`;
    const base = `http://127.0.0.1:${String(port)}`;
    const ended = await runAllOnWindows([
      send(`${base}/k?X-Amz-Signature=1`),
      send(`${base}/denied`),
      send(),
    ]);
    server.close();
    const [signed, denied, role] = ended.map(({ stdout }) => stdout.toString());
    expect(readSent(signed ?? "", runId)).toBe("powershell");
    expect(readSent(denied ?? "", runId)).toBeUndefined();
    expect(readSent(role ?? "", runId)).toBe("tools");
    expect(report).toMatchObject({
      delivery: { kind: "packed", packBytes: bodies[0]?.length },
    });
    // by another PowerShell: the one that was denied holds what it would have sent
    const [, left] = await runAllOnWindows([
      composeRemove({ runId, platform }),
      listLeftovers(runId),
    ]);
    expect(present(left).stdout.toString()).toBe("");
  });
});

describe.skipIf(!hasWindows)("with CloudWatch, on Windows", () => {
  it("ordinary text is readable there, and every byte comes back", async () => {
    const wanted = windowsRequest(
      `'one'; 'zwei ü'; cmd /c echo three
       [Console]::Out.Write("four\`nfive\`nsix\`r\`n\`r\`nbell\`a\`nseven\`r\`r\`n")
       [Console]::Error.Write("e1\`r\`ne2")`,
      { live: true },
    );
    const ended = await runOnWindows(composeRunner(wanted));
    const read = (bytes: Buffer) => {
      const reader = readStream(wanted.runId);
      const text = reader.push(bytes.toString().replaceAll("\r\n", "\n"));
      return { text: text.toString(), report: reader.report() };
    };
    const [stdout, stderr] = [read(ended.stdout), read(ended.stderr)];
    const text =
      "one\r\nzwei ü\r\nthree\r\nfour\nfive\nsix\r\n\r\nbell\x07\nseven\r\r\n";
    expect(stdout.text).toBe(text);
    expect(stderr.text).toBe("e1\r\ne2");
    for (const line of ["one", "zwei ü", "three", "four", "six"])
      expect(ended.stdout.toString().split("\n")).toContain(line);
    const sum = createHash("sha256").update(`${text}e1\r\ne2`).digest("hex");
    expect(stdout.report).toMatchObject({ kind: "ended", sha256: sum });
    expect(stderr.report).toEqual(stdout.report);
  });

  it("a command that cleans Windows' temporary files goes on", async () => {
    const wanted = windowsRequest("");
    const { runId } = wanted;
    const command = `rd /s /q %SystemRoot%\\Temp\\rundeck-ssm-${runId}-i-00000000000000001 2>nul
      echo one& ping -n 3 127.0.0.1 >nul& echo two& exit /b 3`;
    const ended = await runOnWindows(
      composeRunner({ ...wanted, command, shell: "cmd", live: true }),
    );
    const reader = readStream(runId);
    const text = reader.push(ended.stdout.toString().replaceAll("\r\n", "\n"));
    expect(text.toString()).toContain("one\r\ntwo\r\n");
    expect(reader.report()).toMatchObject({ ending: { exitCode: 3 } });
    expect(await leftovers(runId)).toBe("");
  });
});

describe.skipIf(!hasWindows)("a command that is killed on Windows", () => {
  it("is ended with all that it started; what it wrote is recovered", async () => {
    const wanted = windowsRequest(
      `${startsPing}; 'before'; ping -n 100 127.0.0.1 > $null; 'after'`,
    );
    const { runId } = wanted;
    const script = startOnWindows(composeRunner(wanted), {
      RUNDECK_SSM_HANDLES: "wait",
    });
    await untilWritten(runId, "before");
    script.cancel();
    await script.ended;
    const recovered = await collect(
      runId,
      await runOnWindows(
        composeRecover({ runId, platform, graceSeconds: 1, maxBytes: 10_000 }),
      ),
    );
    const { stdout, stderr } = recovered.reply;
    expect(recovered.report, `${stdout}${stderr}`).toMatchObject({
      ending: { kind: "unseen" },
    });
    expect(recovered.output?.stdout.toString()).toMatch(/before\r\n$/);
    expect(
      await lookForPing(runId, recovered.output?.stdout.toString()),
    ).toEqual({ isRunning: false, left: "" });
  });

  it("is recovered also where its runner lives, which leaves everything to the recovery", async () => {
    const wanted = windowsRequest("'before'; ping -n 100 127.0.0.1 > $null");
    const { runId } = wanted;
    const script = startOnWindows(composeRunner(wanted));
    await untilWritten(runId, "before");
    const recovered = await collect(
      runId,
      await runOnWindows(
        composeRecover({ runId, platform, graceSeconds: 1, maxBytes: 10_000 }),
      ),
    );
    expect(recovered).toMatchObject({
      report: { kind: "ended", ending: { kind: "unseen" } },
      reply: { stderr: "" },
    });
    expect(recovered.output?.stdout.toString()).toBe("before\r\n");
    const { exitCode, stdout, stderr } = await script.ended;
    expect([exitCode, stdout.toString(), stderr.toString()]).toEqual([
      143,
      "",
      "",
    ]);
    expect(await leftovers(runId)).toBe("");
  });

  it("by a stop tells its end as usual, without WMI", async () => {
    const wanted = windowsRequest("'before'; ping -n 100 127.0.0.1 > $null");
    const { runId } = wanted;
    const script = startOnWindows(composeRunner(wanted));
    await untilWritten(runId, "before");
    const [polled, stop] = await runAllOnWindows([
      composePoll({
        runId,
        platform,
        stdoutFrom: 1,
        stderrFrom: 0,
        maxBytes: 3,
        waitSeconds: 2,
      }),
      composeStop({ runId, platform, graceSeconds: 1 }),
    ]);
    const news = readPoll(present(polled).stdout.toString(), runId);
    expect(news?.kind === "news" && news.captured.stdout.toString()).toBe("ef");
    expect([present(stop).exitCode, present(stop).stderr.toString()]).toEqual([
      0,
      "",
    ]);
    const { report, output } = await collect(runId, await script.ended);
    expect(report).toMatchObject({ ending: { exitCode: 143 } });
    expect(output?.stdout.toString()).toBe("before\r\n");
  });

  it("without a job, and with its process gone, is not said to have ended", async () => {
    const { runId } = windowsRequest("");
    const folder = `$env:SystemRoot\\Temp\\rundeck-ssm-${runId}-i-00000000000000001`;
    const stop = composeStop({ runId, platform, graceSeconds: 1 });
    const [, unnoted, , noted, recovery] = await runAllOnWindows([
      `$null = New-Item -ItemType Directory "${folder}"
       foreach ($name in 'out', 'err') { [IO.File]::WriteAllText("${folder}\\$name", '') }`,
      stop,
      `Set-Content "${folder}\\pid" '999999 1'`,
      stop,
      composeRecover({ runId, platform, graceSeconds: 1, maxBytes: 10_000 }),
    ]);
    expect(readLeft(present(unnoted).stdout.toString(), runId)).toBe(undefined);
    expect(readLeft(present(noted).stdout.toString(), runId)).toBe(true);
    const { report } = await collect(runId, present(recovery));
    expect(report).toMatchObject({ ending: { kind: "unseen" }, left: true });
  });

  it("whose node has another name is left alone", async () => {
    const wanted = windowsRequest(
      "'before'; ping -n 8 127.0.0.1 > $null; 'after'",
    );
    const { runId } = wanted;
    const script = startOnWindows(composeRunner(wanted));
    await untilWritten(runId, "before");
    const other = { AWS_SSM_INSTANCE_ID: "mi-other" };
    const [, recovery] = await runAllOnWindows(
      [
        composeStop({ runId, platform, graceSeconds: 1 }),
        composeRecover({ runId, platform, graceSeconds: 1, maxBytes: 10_000 }),
      ],
      other,
    );
    expect(parseReport(present(recovery).stdout.toString(), runId)).toEqual({
      kind: "gone",
    });
    const { output } = await collect(runId, await script.ended);
    expect(output?.stdout.toString()).toBe("before\r\nafter\r\n");
  });

  it("after its end is recovered with its code, and what was cut is told", async () => {
    // more than one page: the private files stay until the last is fetched
    const wanted = windowsRequest(
      "$bytes = New-Object byte[] 40000; (New-Object Random 5).NextBytes($bytes); [Console]::OpenStandardOutput().Write($bytes, 0, 40000); exit 194",
    );
    const { runId } = wanted;
    const ended = await runOnWindows(composeRunner(wanted));
    expect(ended.exitCode).toBe(1);
    const recovery = composeRecover({
      runId,
      platform,
      graceSeconds: 1,
      maxBytes: 20_000,
      keep: true,
    });
    // what is kept can be had once more
    const [first, again, , left] = await runAllOnWindows([
      recovery,
      recovery,
      composeRemove({ runId, platform }),
      listLeftovers(runId),
    ]);
    expect(present(first).stdout.length).toBeGreaterThan(0);
    expect(present(again).stdout.equals(present(first).stdout)).toBe(true);
    const recovered = await collect(runId, present(again));
    expect(recovered.report).toMatchObject({
      ending: { kind: "exited", exitCode: 194 },
      cut: ["stdout"],
      stdoutBytes: 20_000,
    });
    expect(present(left).stdout.toString()).toBe("");
  });
});

describe.skipIf(!hasWindows)("a node of Windows that cannot run it", () => {
  const runIds: string[] = [];

  it.each([
    [
      "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'",
      "no-language",
      /ssm-runner to none/,
    ],
    ["$env:ComSpec = ''", "no-start", /%ComSpec%/],
    [
      "$env:ComSpec = 'C:\\nosuch\\cmd.exe'",
      "no-start",
      /%ComSpec%.*C:\\nosuch/,
    ],
    ["$env:SystemRoot = 'C:\\nosuch'", "no-room", /C:\\nosuch\\Temp/],
    ["$env:SystemRoot = ''", "no-room", /SystemRoot/],
  ])("with %s says so in one line", async (before, reason, words) => {
    const wanted = windowsRequest("'ran'");
    runIds.push(wanted.runId);
    const ended = await runOnWindows(`${before}\n${composeRunner(wanted)}`);
    expect(parseReport(ended.stdout.toString(), wanted.runId)).toEqual({
      kind: "refused",
      reason,
    });
    expect(ended.exitCode).toBe(78);
    const lines = ended.stderr.toString().trimEnd().split("\n");
    expect(lines).toEqual([expect.stringMatching(words)]);
    expect(lines[0]).toMatch(/^rundeck-ssm: /);
  });

  it("in cmd.exe, in a network folder, says so in one line", async () => {
    const wanted = windowsRequest("echo ran", {
      shell: "cmd",
      workingDirectory: "\\\\127.0.0.1\\share",
    });
    runIds.push(wanted.runId);
    const ended = await runOnWindows(composeRunner(wanted));
    expect(parseReport(ended.stdout.toString(), wanted.runId)).toEqual({
      kind: "refused",
      reason: "no-directory",
    });
    expect(ended.stderr.toString()).toMatch(
      /^rundeck-ssm: ssm-working-directory: .*network folder.*\r?\n$/,
    );
  });

  it("leaves nothing", async () => {
    expect(runIds.length).toBeGreaterThan(0);
    const ended = await runAllOnWindows(runIds.map(listLeftovers));
    expect(ended.map(({ stdout }) => stdout.toString())).toEqual(
      runIds.map(() => ""),
    );
  });

  it("because a folder of the run's name is there leaves it as it is", async () => {
    const wanted = windowsRequest("'ran'");
    const folder = `$env:SystemRoot\\Temp\\rundeck-ssm-${wanted.runId}-i-00000000000000001`;
    const [, ran, look] = await runAllOnWindows([
      `$null = New-Item -ItemType Directory "${folder}"`,
      composeRunner(wanted),
      `Test-Path "${folder}"; Remove-Item "${folder}"`,
    ]);
    const ended = present(ran);
    expect(parseReport(ended.stdout.toString(), wanted.runId)).toEqual({
      kind: "refused",
      reason: "no-start",
    });
    expect(ended.stderr.toString()).toMatch(/^rundeck-ssm: .*exists already/);
    expect(present(look).stdout.toString()).toMatch(/^True/);
  });
});
