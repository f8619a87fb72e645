import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { blocksOf, readPages } from "./markdown.ts";

/** A command as a document has it; one that ends its line with \ goes on in the next. */
export type Command = { file: string; line: number; text: string };

/** Who runs a command: a test file for each, and for what none can run the table below. */
type Runner = "server" | "contributor" | "aws-cli" | "form" | "nobody";

/** Why no test runs it. Everything else in a block of shell is run. */
export const unrunnable: Readonly<Record<string, string>> = {
  "./scripts/test": "runs the tests itself",
  "git checkout v<version>": "needs a release's tag",
  "scripts/reproduce SHA256SUMS":
    "needs a release's checksums, and packages from npm; ./scripts/test runs it without the former",
  "npm run build:with-node":
    "downloads two Node.js from npm; what it builds of them is in test/build/with-node.test.ts",
  "npm ci && npm run build:with-node": "as npm run build:with-node",
  "docker build --file docker/Dockerfile --tag rundeck-with-ssm dist":
    "needs Docker and Rundeck's image; the release workflow runs it",
  "docker compose --file docker/compose.yaml up --build":
    "needs Docker and Rundeck's image; the release workflow reads the file",
  "sudo systemctl edit amazon-ssm-agent": "needs systemd and the SSM agent",
  "sudo amazon-ssm-agent -register -code CODE -id ID -region eu-west-1":
    "needs the SSM agent, and a code of AWS's",
};

const runners: readonly [Runner, RegExp][] = [
  // what tells a command's form is none to type
  ["form", /^rundeck-ssm .*(?:\[--|…)/],
  [
    "server",
    /^(?:(?:sudo -u rundeck bash \S+\/)?rundeck-ssm|sudo install|cp|sha256sum|curl|export [A-Z_]+=\S+$)/,
  ],
  ["contributor", /^(?:npm|npx|\.\/scripts\/demo)/],
  ["aws-cli", /^aws /],
];

/** The runner of a command; undefined for one that nobody has thought of. */
export function runnerOf(text: string): Runner | undefined {
  if (text in unrunnable) return "nobody";
  return runners.find(([, form]) => form.test(text))?.[0];
}

/** The blocks of commands in all documents, and in comments of docker/ and examples/. */
export function listBlocks(): Command[][] {
  const fenced = readPages()
    .flatMap(blocksOf)
    .filter(({ language }) => language === "sh")
    .map(({ file, line, text }) => splitCommands({ file, line, text }));
  return [...fenced, ...["docker", "examples"].flatMap(readComments)];
}

export function commandsOf(runner: Runner): Command[] {
  return listBlocks()
    .flat()
    .filter(({ text }) => runnerOf(text) === runner);
}

function splitCommands({ file, line, text }: Command): Command[] {
  const lines = [...text.matchAll(/(?:.*\\\n)*.+/g)];
  return lines
    .map((found) => ({
      file,
      line: line + text.slice(0, found.index).split("\n").length - 1,
      text: found[0].trim(),
    }))
    .filter(({ text: command }) => !command.startsWith("#"));
}

/** Commands that stand indented in comments. */
function readComments(folder: string): Command[][] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => path.join(item.parentPath, item.name));
  return files.map((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((text, at) => {
        const [, command] = /^# {3,}(\S.*)$/.exec(text) ?? [];
        return command === undefined
          ? []
          : [{ file, line: at + 1, text: command }];
      }),
  );
}
