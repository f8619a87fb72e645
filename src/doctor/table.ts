import type { Check, Finding } from "./check.ts";

const signs = {
  ok: { sign: "✓", colour: 32 },
  warning: { sign: "!", colour: 33 },
  problem: { sign: "✗", colour: 31 },
  unknown: { sign: "?", colour: 36 },
  skipped: { sign: "–", colour: 90 },
} as const satisfies Record<Finding["state"], { sign: string; colour: number }>;

/** One stage of the table for people: a line a check, and below what is wrong its remedy. */
export function formatStage(
  checks: readonly Check[],
  { hasColours }: { hasColours: boolean },
): string {
  const paint = (colour: number, text: string) =>
    hasColours ? `\u001b[${colour}m${text}\u001b[0m` : text;
  const [first] = checks;
  if (!first) return "";
  const width = Math.max(...checks.map(({ name }) => showable(name).length));
  const lines = checks.map((check) => {
    const { name, says, state, remedy } = check;
    const { sign, colour } = signs[state];
    const line = `  ${paint(colour, sign)} ${showable(name).padEnd(width)}  ${showable(says)}\n`;
    const indent = " ".repeat(width + 6);
    return remedy === undefined
      ? line
      : `${line}${indent}${paint(1, "→")} ${showable(remedy)}\n`;
  });
  return `${paint(1, first.stage)}\n${lines.join("")}`;
}

/** How many checks found what: the table's last line. */
export function formatSum(checks: readonly Check[]): string {
  const count = (state: Finding["state"]) =>
    checks.filter((check) => check.state === state).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const first = checks.find(({ state }) => state === "problem");
  const named =
    first === undefined
      ? ""
      : `, the first: ${first.stage} ${showable(first.name)}`;
  return `${amount(problems, "problem")}, ${amount(warnings, "warning")}${named}\n`;
}

function amount(value: number, word: string): string {
  return `${value === 0 ? "no" : value} ${word}${value === 1 ? "" : "s"}`;
}

/** The contract's JSON: nothing else stands in it. */
export function formatJson(version: string, checks: readonly Check[]): string {
  const told = checks.map(({ stage, name, state, says, remedy }) => ({
    stage,
    name,
    state,
    says,
    ...(remedy === undefined ? {} : { remedy }),
  }));
  return `${JSON.stringify({ version, checks: told }, undefined, 2)}\n`;
}

/** Names come from outside, and a terminal obeys control characters. */
function showable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
