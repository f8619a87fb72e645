// Runs the demo and makes docs/demo.svg of it: each line comes when it came, and the whole begins anew. Takes what is built.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const width = 860;
const lineHeight = 17;
const lettersOfLine = 104;
/** How long the end stands before it begins anew. */
const holdMs = 8_000;
/** The terminal's colours that the demo uses, as the styles below name them. */
const styles = { 1: "t", 31: "bad", 32: "ok", 33: "c3", 35: "c2", 36: "c1" };

const lines = await record();
await writeFile(
  "docs/demo.svg",
  draw(
    lines.flatMap(({ line, atMs }) =>
      fold(line).map((part) => ({ part, atMs })),
    ),
  ),
);

async function record() {
  const child = spawn("node", ["scripts/demo.mjs"], {
    env: { ...process.env, FORCE_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const since = performance.now();
  const recorded = [{ line: "$ ./scripts/demo", atMs: 0 }];
  createInterface({ input: child.stdout }).on("line", (line) => {
    console.log(line);
    recorded.push({ line, atMs: performance.now() - since });
  });
  const [exitCode] = await once(child, "close");
  if (exitCode !== 0) throw new Error(`the demo ended with ${exitCode}`);
  return recorded;
}

/** As pieces, each with its colour, on as many lines as they need. */
function fold(line) {
  const folded = [[]];
  let room = lettersOfLine;
  for (const piece of `0m${line}`.split("\u001b[")) {
    // empty after the last colour of a line
    const [, code, letters = ""] = /^(\d+)m(.*)$/.exec(piece) ?? [];
    for (let rest = letters; rest !== "";) {
      if (room === 0) {
        folded.push([]);
        room = lettersOfLine;
      }
      const part = rest.slice(0, room);
      folded.at(-1).push({ letters: part, style: styles[code] ?? "" });
      room -= part.length;
      rest = rest.slice(part.length);
    }
  }
  return folded;
}

function draw(text) {
  const height = (text.length + 1) * lineHeight + 8;
  const endMs = text.at(-1).atMs;
  const wholeMs = endMs + holdMs;
  const percent = (atMs) => ((atMs / wholeMs) * 100).toFixed(2);
  // a cover over what has not come yet, which goes down by lines
  const steps = text
    .map(({ atMs }, i) => [percent(atMs), (i + 1) * lineHeight])
    .filter(([at], i, all) => all[i + 1]?.[0] !== at)
    .map(([at, y]) => `${at}% { transform: translateY(${y}px) }`);
  const rows = text.map(
    ({ part }, i) =>
      `  <text xml:space="preserve" x="16" y="${24 + i * lineHeight}">${part.map(mark).join("")}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="A recording of ./scripts/demo" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
  <title>./scripts/demo, as it ran</title>
  <style>
    rect { fill: #f6f8fa }
    .frame { fill: none; stroke: #d1d9e0 }
    text { fill: #1f2328; white-space: pre }
    .t { font-weight: 600 }
    .ok { fill: #1a7f37 }
    .bad { fill: #d1242f }
    .c1 { fill: #0969da }
    .c2 { fill: #8250df }
    .c3 { fill: #9a6700 }
    .cover { transform: translateY(${height}px); animation: come ${(wholeMs / 1_000).toFixed(1)}s step-end infinite }
    @keyframes come {
      ${steps.join("\n      ")}
    }
    @media (prefers-reduced-motion: reduce) {
      .cover { animation: none }
    }
    @media (prefers-color-scheme: dark) {
      rect { fill: #0d1117 }
      .frame { stroke: #3d444d }
      text { fill: #f0f6fc }
      .ok { fill: #3fb950 }
      .bad { fill: #f85149 }
      .c1 { fill: #4493f8 }
      .c2 { fill: #ab7df8 }
      .c3 { fill: #d29922 }
    }
  </style>
  <rect width="${width}" height="${height}" rx="8"/>
${rows.join("\n")}
  <rect class="cover" y="10" width="${width}" height="${height}" rx="8"/>
  <rect class="frame" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
</svg>
`;
}

function mark({ letters, style }) {
  const escaped = letters
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return style === "" ? escaped : `<tspan class="${style}">${escaped}</tspan>`;
}
