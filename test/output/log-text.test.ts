import { describe, expect, it } from "vitest";
import { readBareText, readRunnerText } from "../../src/output/log-text.ts";
import type { LogText } from "../../src/output/log-text.ts";

const runId = "0123456789abcdef01234567";
const line = (body: string) => `[rundeck-ssm ${runId} ${body}]`;
const ended = line("exit=0 out=4 err=0 form=live sum=");

function read(text: LogText, messages: string[]): string {
  return messages.map((message) => text.push(message).toString()).join("");
}

describe("the text of a live run", () => {
  it("gets back the newlines that events lose which are made after the end", () => {
    const text = readRunnerText(runId);
    expect(read(text, ["a\nb\n", "c\nd", "e", ended])).toBe("a\nb\nc\nd\ne\n");
    expect(text.report()).toMatchObject({ kind: "ended" });
  });

  it("gets no newline that a killed command did not write", () => {
    const text = readRunnerText(runId);
    expect(read(text, ["a\n", "b\nhalf a li"])).toBe("a\nb\nhalf a li");
  });

  it("reads packed lines wherever they lose their newline", () => {
    const packed = line(`raw=1 ${Buffer.from("x\r\n\0").toString("base64")}`);
    const text = readRunnerText(runId);
    expect(read(text, [`a\n${packed}`, `${packed}\n`, packed, ended])).toBe(
      "a\nx\r\n\0x\r\n\0x\r\n\0",
    );
  });

  it("counts the agent's own text, so that its files can be read on", () => {
    const text = readRunnerText(runId);
    // 2 + 3 bytes, and a newline that is known by what follows it
    read(text, ["é\n", "ab"]);
    expect(text.textBytes()).toBe(5);
    read(text, ["c\n"]);
    expect(text.textBytes()).toBe(8);
    expect(text.pushText("d\n").toString()).toBe("d\n");
  });

  it("keeps a refusal's sentence apart from output", () => {
    const text = readRunnerText(runId);
    const sentence = "rundeck-ssm: ssm-run-as: this node has no user 'x'\n";
    expect(read(text, [sentence, line("refused=no-user")])).toBe("");
    expect(text.refusal()).toBe(sentence);
  });

  it.each([
    [["rundeck-ssm: mine\n", "more\n"], "rundeck-ssm: mine\nmore\n"],
    [["rundeck-ssm: mine\n", ended], "rundeck-ssm: mine\n"],
    [["rund", "ert\n", ended], "rund\nert\n"],
  ])("shows what only begins like one: %j", (messages, wanted) => {
    expect(read(readRunnerText(runId), messages)).toBe(wanted);
  });

  it("gives what it holds back, if nothing follows", () => {
    const text = readRunnerText(runId);
    expect(read(text, ["rundeck-ssm: mine\n"])).toBe("");
    expect(text.rest().toString()).toBe("rundeck-ssm: mine\n");
  });
});

describe("the text of a bare command", () => {
  it("is without the agent's sentence, which only stderr ends with", () => {
    const sentence = "failed to run commands: exit status 3";
    const stderr = readBareText("stderr");
    expect(read(stderr, ["a\n", `b\n${sentence}`])).toBe("a\nb\n");
    expect(stderr.rest()).toHaveLength(0);
    const stdout = readBareText("stdout");
    expect(read(stdout, [sentence])).toBe(sentence);
  });

  it("gets newlines back between events, and keeps the last one open", () => {
    const text = readBareText("stdout");
    expect(read(text, ["a\n", "b", "c"])).toBe("a\nb\nc");
    expect(text.rest().toString()).toBe("\n");
  });

  it("joins the pieces of a line that is longer than an event", () => {
    const text = readBareText("stdout");
    const piece = "x".repeat(200_000);
    expect(read(text, [piece, "y\n"])).toBe(`${piece}y\n`);
  });

  it("is told apart from another text, and shows what follows it in its own", () => {
    const text = readBareText("stdout");
    read(text, ["one\n", "two"]);
    expect(text.restOf(Buffer.from("one\ntwo\nthree\n"))?.toString()).toBe(
      "\nthree\n",
    );
    expect(text.restOf(Buffer.from("one\ntw"))).toBeUndefined();
    expect(text.restOf(Buffer.from("one\r\ntwo\r\n"))).toBeUndefined();
  });
});
