import type { Asked } from "../sidecar/ask.ts";
import { countSaved } from "../sidecar/status.ts";
import type { Status } from "../sidecar/status.ts";

type Style = (text: string) => string;

/** What `rundeck-ssm sidecar status` shows of one sidecar. */
export function formatStatus(
  asked: Asked,
  { hasColours }: { hasColours: boolean },
): string {
  const paint =
    (code: number): Style =>
    (text) =>
      hasColours ? `\u001b[${code}m${text}\u001b[0m` : text;
  const [strong, warning] = [paint(1), paint(33)];
  if (asked.state !== "answers") return formatSilent(asked, strong, warning);
  const { status } = asked;
  const parts = [
    formatHead(status, strong),
    formatTable(listProjects(status), strong),
    formatCalls(status, strong),
    formatTable(listLimits(status, warning), strong),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function formatSilent(
  { pid, serverPid, state }: Exclude<Asked, { state: "answers" }>,
  strong: Style,
  warning: Style,
): string {
  const what =
    state === "stopped"
      ? `is stopped: kill -CONT ${pid} wakes it up`
      : "does not answer";
  return `${strong(`Sidecar ${pid}`)} of server ${serverPid} ${warning(what)}; kill -KILL ${pid} ends it, and its executions go on in processes of their own\n`;
}

function formatHead(status: Status, strong: Style): string {
  const { version, pid, serverPid, runs, nodes } = status;
  const facts = [
    `up ${formatSeconds(status.uptimeSeconds)}`,
    `${formatBytes(status.memoryBytes)} memory`,
    `${formatSeconds(status.cpuSeconds)} CPU`,
    `${status.descriptors} descriptors`,
    count(status.identities, "identity", "identities"),
  ];
  return `${strong(`Sidecar ${pid}`)} of server ${serverPid}, version ${version}
  ${facts.join(" · ")}
  ${count(runs.running, "execution")} running on ${count(nodes, "node")} · ${runs.done} done · ${runs.killed} killed · ${runs.direct} in a process of their own
`;
}

type Table = { heads: readonly string[]; rows: readonly (readonly Cell[])[] };
type Cell = string | { text: string; style: Style };

function listProjects({ projects }: Status): Table {
  return {
    heads: ["project", "running", "done", "killed", "own process"],
    rows: projects.map(({ project, running, done, killed, direct }) => [
      project === "" ? "–" : showable(project),
      ...[running, done, killed, direct].map(String),
    ]),
  };
}

function formatCalls(status: Status, strong: Style): string {
  const table: Table = {
    heads: ["action", "asked for", "made"],
    rows: status.calls.map(({ action, asked, made }) => [
      action,
      asked === undefined ? "–" : String(asked),
      String(made),
    ]),
  };
  const { asked, made, saved } = countSaved(status);
  const share = asked === 0 ? 0 : Math.floor((saved / asked) * 100);
  const sum = `  Run Command: ${count(made, "request")} for ${count(asked, "call")}, ${saved} saved (${share} %)\n`;
  return asked === 0
    ? formatTable(table, strong)
    : formatTable(table, strong) + sum;
}

function listLimits({ limits }: Status, warning: Style): Table {
  return {
    heads: [
      "account",
      "region",
      "action",
      "per second",
      "throttled",
      "queued",
      "in flight",
      "waited",
    ],
    rows: limits.map((limit) => [
      limit.account,
      limit.region,
      limit.action,
      limit.perSecond === undefined ? "no limit" : limit.perSecond.toFixed(1),
      marked(String(limit.throttled), limit.throttled > 0, warning),
      marked(String(limit.queued), limit.queued > 0, warning),
      String(limit.inFlight),
      formatSeconds(limit.waitedSeconds),
    ]),
  };
}

function marked(text: string, isMarked: boolean, style: Style): Cell {
  return isMarked ? { text, style } : text;
}

/** Words to the left, figures to the right. */
function formatTable({ heads, rows }: Table, strong: Style): string {
  if (rows.length === 0) return "";
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...rows.map((row) => textOf(row[i]).length)),
  );
  const isFigure = heads.map((_, i) =>
    rows.every((row) => /^[\d–]|^no limit$/.test(textOf(row[i]))),
  );
  const line = (cells: readonly Cell[]) => {
    const padded = cells.map((cell, i) => {
      const text = textOf(cell);
      const gap = " ".repeat((widths[i] ?? 0) - text.length);
      const shown = typeof cell === "string" ? text : cell.style(text);
      return isFigure[i] ? gap + shown : shown + gap;
    });
    return `  ${padded.join("  ").trimEnd()}\n`;
  };
  const head = line(heads.map((text) => ({ text, style: strong })));
  return head + rows.map(line).join("");
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "object" ? cell.text : (cell ?? "");
}

/** A project's name comes from outside, and a terminal obeys control characters. */
function showable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}

function count(value: number, one: string, several = `${one}s`): string {
  return `${value} ${value === 1 ? one : several}`;
}

function formatBytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
