import { quotePowerShell } from "../command/runner/quote.ts";
import { BridgeError } from "../kernel/errors.ts";
import { nameRunAs } from "./explain.ts";
import type { Destination, Piece, Way } from "./request.ts";
import { explainName } from "./windows/names.ts";
import agent from "./windows/agent.ps1?raw";
import begin from "./windows/begin.ps1?raw";
import end from "./windows/end.ps1?raw";
import finish from "./windows/finish.ps1?raw";
import folder from "./windows/folder.ps1?raw";
import join from "./windows/join.ps1?raw";
import link from "./windows/link.ps1?raw";
import remove from "./windows/remove.ps1?raw";
import role from "./windows/role.ps1?raw";
import store from "./windows/store.ps1?raw";

export function composeStore(to: Destination, piece: Piece): string {
  const words = { clean: "$false", piece: piece.number, ...contentOf(piece) };
  return `${head(to, words)}${folder}${store}${end}`;
}

export function composeJoin(
  to: Destination,
  piece: Piece,
  { sha256, packing }: { sha256: string; packing: "gzip" | "none" },
): string {
  const words = {
    clean: "$true",
    sum: quoted(sha256),
    packing: quoted(packing),
    sends: piece.of,
    ...contentOf(piece),
  };
  return `${head(to, words)}${folder}${join}${finish}${end}`;
}

export function composeFetch(
  to: Destination,
  way: Way,
  { sha256 }: { sha256: string },
): string {
  const words = { clean: "$true", sum: quoted(sha256), ...wordsOf(way) };
  const fetchers = { role, link, agent };
  return `${head(to, words)}${folder}${fetchers[way.kind]}${finish}${end}`;
}

export function composeRemove(to: Destination): string {
  const words = { clean: "$false", constrained: "'removed'" };
  return `${head(to, words)}${remove}${end}`;
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
      return { link: quoted(way.url) };
    case "agent":
      return { object: quoted(way.object) };
  }
}

function contentOf({ base64 }: Piece): { content: string } {
  return { content: `'${base64}'` };
}

function head(
  to: Destination,
  words: Readonly<Record<string, number | string>>,
): string {
  const user = nameRunAs(to);
  if (user !== undefined)
    throw new BridgeError(
      "setting-invalid",
      `${user}: Windows has no way to become another user without a password; remove it for Windows nodes`,
    );
  const settings = {
    run: quoted(to.copyId),
    to: quoted(to.path),
    name: quoted(to.fileName),
    wrong: quoted(explainName(to.fileName) ?? ""),
    constrained: "'failed=language'",
    ...words,
  };
  const assignments = Object.entries(settings).map(
    ([name, word]) => `$${name} = ${word}\n`,
  );
  return `# rundeck-ssm copies a file to this machine.\n${assignments.join("")}${begin}`;
}

function quoted(text: string): string {
  return quotePowerShell(text, "a file's destination");
}
