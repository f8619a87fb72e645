import type { Secret } from "../kernel/secret.ts";
import type { Properties } from "./property-files.ts";

export type ProjectApi = { url: string; token: Secret };

/** Far above any real answer: a wrong address must not cost memory. */
const maxBytes = 4 * 1024 * 1024;

/**
 * The project's raw properties from Rundeck's API, for projects that live in its database.
 * It answers with a note instead of throwing: a command must not fail because Rundeck is slow to itself.
 * API 24 is Rundeck 3.0's. Source: Rundeck API reference, "Project Configuration".
 */
export async function fetchProjectProperties(
  api: ProjectApi,
  project: string,
  signals: { signal: AbortSignal; deadline: AbortSignal },
): Promise<{ project: Properties } | { note: string }> {
  const url = `${api.url.replace(/\/+$/, "")}/api/24/project/${encodeURIComponent(project)}/config`;
  try {
    const response = await fetch(url, {
      headers: {
        accept: "application/json",
        "x-rundeck-auth-token": api.token.reveal(),
      },
      // A redirect would carry the token elsewhere, or end at a login page.
      redirect: "error",
      signal: AbortSignal.any([signals.signal, signals.deadline]),
    });
    if (!response.ok) return failed(`HTTP ${String(response.status)}`);
    const text = await readText(response);
    const properties = text === undefined ? undefined : parseStringMap(text);
    return properties ? { project: properties } : failed("an unusable answer");
  } catch (error) {
    signals.signal.throwIfAborted();
    if (error instanceof SyntaxError) return failed("an unusable answer");
    return failed(signals.deadline.aborted ? "no answer" : "no connection");
  }

  function failed(why: string) {
    return {
      note: `the project's own settings could not be read from Rundeck's API at ${new URL(api.url).origin} (${why}): project.<name> settings are ignored`,
    };
  }
}

async function readText({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of body ?? []) {
    chunks.push(bytes);
    size += bytes.length;
    if (size > maxBytes) return undefined;
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function parseStringMap(text: string): Map<string, string> | undefined {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return undefined;
  }
  const entries = Object.entries(parsed).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return new Map(entries);
}
