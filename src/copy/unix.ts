import { quoteShell } from "../command/runner/quote.ts";
import type { Destination, Piece, Way } from "./request.ts";
import { explainName } from "./unix/names.ts";
import agent from "./unix/agent.sh?raw";
import common from "./unix/common.sh?raw";
import decode from "./unix/decode.sh?raw";
import download from "./unix/download.py?raw";
import fetch from "./unix/fetch.sh?raw";
import finish from "./unix/finish.sh?raw";
import gone from "./unix/gone.sh?raw";
import join from "./unix/join.sh?raw";
import linkPython from "./unix/link.py?raw";
import link from "./unix/link.sh?raw";
import place from "./unix/place.sh?raw";
import privateFolder from "./unix/private.sh?raw";
import remove from "./unix/remove.sh?raw";
import rolePython from "./unix/role.py?raw";
import role from "./unix/role.sh?raw";
import send from "./unix/send.sh?raw";
import settle from "./unix/settle.sh?raw";
import store from "./unix/store.sh?raw";
import switchUser from "./unix/switch.sh?raw";
import attempt from "./unix/try.sh?raw";

/*
 * Each text has two parts. The sender runs as the agent's user: it brings the content, from the text itself or from S3, and
 * pipes it to the receiver. The receiver runs as the user of ssm-run-as, and it alone touches the destination.
 */

export function composeStore(to: Destination, piece: Piece): string {
  const receiver = `${receive(to, { piece: piece.number })}${store}`;
  return `${head(to, receiver)}${decode}${contentOf(piece)}${send}${settle}`;
}

export function composeJoin(
  to: Destination,
  piece: Piece,
  { sha256, packing }: { sha256: string; packing: "gzip" | "none" },
): string {
  const words = { sends: piece.of, packing, sum: sha256 };
  const receiver = `${receive(to, words)}${join}${finish}`;
  return `${head(to, receiver)}${decode}${contentOf(piece)}${send}${settle}`;
}

export function composeFetch(
  to: Destination,
  way: Way,
  { sha256 }: { sha256: string },
): string {
  const receiver = `${receive(to, { sum: sha256 })}${fetch}${finish}`;
  if (way.kind !== "agent") return `${head(to, receiver)}${fetcher(way)}`;
  const open = `${assign({ object: quoted(way.object) })}${agent}`;
  return `${head(to, receiver, open)}receive <&3\n${settle}`;
}

export function composeRemove(to: Destination): string {
  const receiver = `${assign(wordsOf(to))}${common}${gone}${place}${privateFolder}${remove}`;
  return `${head(to, receiver, gone)}receive </dev/null\n`;
}

function fetcher(way: Exclude<Way, { kind: "agent" }>): string {
  switch (way.kind) {
    case "role": {
      const { bucket, key, region } = way;
      const python = quoted(`${download}${rolePython}`);
      const asked = {
        bucket: quoted(bucket),
        key: quoted(key),
        region: quoted(region),
      };
      return `${assign({ ...asked, python })}${attempt}${role}`;
    }
    case "link": {
      const python = quoted(`${download}${linkPython}`);
      return `${assign({ python })}link() { printf '%s\\n' ${quoted(way.url)}; }\n${attempt}${link}`;
    }
  }
}

function contentOf({ base64 }: Piece): string {
  return `content() { printf %s '${base64}'; }\n`;
}

/** What the sender begins with; `first` comes before it becomes another user. */
function head(to: Destination, receiver: string, first = ""): string {
  const { copyId: run, runAs } = to;
  const user = runAs === undefined ? {} : { user: quoted(runAs) };
  const words = assign({ run, ...user, receiver: quoted(receiver) });
  const become =
    runAs === undefined
      ? `receive() { sh -c "$receiver" copy; }\n`
      : switchUser;
  return `# rundeck-ssm copies a file to this machine.\n${words}${common}${first}${become}`;
}

/** What the receiver begins with. */
function receive(
  to: Destination,
  more: Readonly<Record<string, number | string>>,
): string {
  return `${assign({ ...wordsOf(to), ...more })}${common}${place}${privateFolder}`;
}

function wordsOf(to: Destination): Record<string, string> {
  return {
    run: to.copyId,
    to: quoted(to.path),
    name: quoted(to.fileName),
    wrong: quoted(explainName(to.fileName) ?? ""),
    user: quoted(to.runAs ?? ""),
    fileMode: to.fileMode ?? "''",
  };
}

function assign(values: Readonly<Record<string, number | string>>): string {
  const assignments = Object.entries(values).map(
    ([name, word]) => `${name}=${word}`,
  );
  return `${assignments.join(" ")}\n`;
}

function quoted(text: string): string {
  return quoteShell(text, "a file's destination");
}
