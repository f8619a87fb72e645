/** Why a node could not take a file: the step that failed there. */
const steps = [
  "no-user",
  "no-switch",
  "no-home",
  "language",
  "name",
  "windows-link",
  "link",
  "loop",
  "path",
  "directory",
  "folder",
  "special",
  "foreign",
  "write",
  "private",
  "no-base64",
  "no-gunzip",
  "no-sha256",
  "damaged",
  "owner",
  "mode",
  "rename",
] as const;
export type Step = (typeof steps)[number];

/** What became of one way of fetching an object. */
export type WayResult = { way: string; how: string };

/** The last line of a script of ours, as a typed value. */
export type Answer =
  /** In its place; `path` is where. */
  | { kind: "copied"; path: string }
  | { kind: "stored" }
  | { kind: "removed" }
  /** `said`: the tool's own words. */
  | { kind: "failed"; step: Step; said: string }
  /** The object could not be fetched: what was tried, and the tools that a link needs. */
  | {
      kind: "stuck";
      tried: readonly WayResult[];
      links: readonly string[];
      said: string;
    };

/** Reads what SSM says of a script's output; undefined if its last line isn't there. */
export function parseAnswer(
  { stdout, stderr }: { stdout: string; stderr: string },
  copyId: string,
): Answer | undefined {
  const mark = `[rundeck-ssm ${copyId} `;
  const start = stdout.lastIndexOf(mark);
  const end = stdout.indexOf("]", start);
  if (start < 0 || end < 0) return undefined;
  const [word = "", ...rest] = stdout
    .slice(start + mark.length, end)
    .split(" ");
  const said = readWords(stderr);
  const step = steps.find((known) => word === `failed=${known}`);
  if (step !== undefined) return { kind: "failed", step, said };
  switch (word) {
    case "copied":
      return {
        kind: "copied",
        path: stdout.slice(0, start).replace(/\r?\n$/, ""),
      };
    case "stored":
    case "removed":
      return { kind: word };
    case "stuck":
      return { ...parseStuck(rest), said };
    default:
      return undefined;
  }
}

function parseStuck(words: readonly string[]) {
  const fields = words.map((field) => {
    const [way = "", how = ""] = field.split("=", 2);
    return { way, how };
  });
  const links = fields.find(({ way }) => way === "links")?.how ?? "";
  return {
    kind: "stuck" as const,
    tried: fields.filter(({ way }) => way !== "links"),
    links: links.split(",").filter((tool) => tool !== ""),
  };
}

/** A tool's words on one line, without the script's and its functions' names, the digits of private folders, and what the agent adds. Source: SSM agent 3.3, observed. */
function readWords(stderr: string): string {
  return stderr
    .replace(/failed to run commands: exit status \d+\s*$/, "")
    .split(/[\r\n]+/)
    .map((line) =>
      line
        .replace(/^(?:.*_script\.sh|copy): (?:line )?\d+: /, "")
        .replace(/^by_\w+: /, "")
        .replaceAll(/(\.rundeck-ssm-copy)-[0-9a-f]{24}/g, "$1")
        .trim(),
    )
    .filter((line) => line !== "")
    .join("; ")
    .slice(0, 300);
}
