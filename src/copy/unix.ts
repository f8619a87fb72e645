import { quoteShell } from "../command/runner/quote.ts";
import type { Destination, Piece, Way } from "./script.ts";
import agent from "./unix/agent.sh?raw";
import begin from "./unix/begin.sh?raw";
import clean from "./unix/clean.sh?raw";
import decode from "./unix/decode.sh?raw";
import finish from "./unix/finish.sh?raw";
import folder from "./unix/folder.sh?raw";
import join from "./unix/join.sh?raw";
import link from "./unix/link.sh?raw";
import remove from "./unix/remove.sh?raw";
import rolePython from "./unix/role.py?raw";
import role from "./unix/role.sh?raw";
import store from "./unix/store.sh?raw";
import watch from "./unix/watch.sh?raw";

export function composeStore(to: Destination, piece: Piece): string {
  const words = { piece: piece.number };
  return `${head(to, words)}${folder}${decode}${contentOf(piece)}${store}`;
}

export function composeJoin(
  to: Destination,
  piece: Piece,
  { sha256, packing }: { sha256: string; packing: "gzip" | "none" },
): string {
  const words = { sends: piece.of, packing, sum: sha256 };
  return `${head(to, words)}${folder}${clean}${decode}${contentOf(piece)}${join}${finish}`;
}

export function composeFetch(
  to: Destination,
  way: Way,
  { sha256 }: { sha256: string },
): string {
  return `${head(to, { sum: sha256, ...wordsOf(way) })}${folder}${fetcher(way)}${finish}`;
}

export function composeRemove(to: Destination): string {
  return `${head(to, {})}${remove}`;
}

function wordsOf(way: Way): Record<string, string> {
  switch (way.kind) {
    case "role":
      return {
        bucket: quoted(way.bucket),
        key: quoted(way.key),
        region: quoted(way.region),
      };
    case "link":
      return {};
    case "agent":
      return { object: quoted(way.object) };
  }
}

function fetcher(way: Way): string {
  switch (way.kind) {
    case "role":
      return `${watch}by_python() {
  python3 - "$bucket" "$key" "$region" <<'END_OF_PROGRAM'
${rolePython}END_OF_PROGRAM
}
${role}`;
    case "link":
      return `${watch}link() { printf '%s\\n' ${quoted(way.url)}; }\n${link}`;
    case "agent":
      return agent;
  }
}

function contentOf({ base64 }: Piece): string {
  return `content() { printf %s '${base64}'; }\n`;
}

function head(
  to: Destination,
  words: Readonly<Record<string, number | string>>,
): string {
  const settings = {
    run: to.copyId,
    to: quoted(to.path),
    name: quoted(to.fileName),
    user: quoted(to.runAs ?? ""),
    mode: to.fileMode,
    ...words,
  };
  const assignments = Object.entries(settings).map(
    ([name, word]) => `${name}=${word}`,
  );
  return `# rundeck-ssm copies a file to this machine.\n${assignments.join(" ")}\n${begin}`;
}

/** One word of the shell. Systems Manager would put a parameter's value where it finds `{{`. */
function quoted(text: string): string {
  return quoteShell(text, "a file's destination").replaceAll(
    /\{(?=\{)/g,
    "{''",
  );
}
