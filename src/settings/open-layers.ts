import { systemClock, type Clock } from "../kernel/clock.ts";
import { Secret } from "../kernel/secret.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Host } from "../rundeck/host.ts";
import type { Layers } from "../rundeck/layers.ts";
import {
  fetchProjectProperties,
  type ProjectApi,
} from "../rundeck/project-api.ts";
import { readPropertyFiles } from "../rundeck/property-files.ts";
import { createReader } from "./read.ts";

/** Rundeck answers within milliseconds, or it has other worries. */
const apiTimeoutMs = 3_000;

/**
 * Gathers the layers that Rundeck left out of our environment: its property files and, where the project's can't be read and
 * a URL and a token are configured, its API.
 * @throws BridgeError `setting-invalid` for a bad URL or token. An API that does not answer is only a note.
 */
export async function openLayers(
  environment: Environment,
  host: Host,
  signal: AbortSignal,
  clock: Pick<Clock, "deadline"> = systemClock(),
): Promise<{ layers: Layers; notes: string[] }> {
  const layers: Layers = {
    service: host.service,
    nodeName: host.nodeName,
    options: new Map(),
    rundeck: environment,
    environment,
    ...(await readPropertyFiles(environment, signal)),
  };
  const api = layers.project ? undefined : parseApi(layers);
  if (!api) return { layers, notes: [] };
  const answer = await fetchProjectProperties(api, host.execution.project, {
    signal,
    deadline: clock.deadline(apiTimeoutMs),
  });
  return "note" in answer
    ? { layers, notes: [answer.note] }
    : { layers: { ...layers, project: answer.project }, notes: [] };
}

function parseApi(layers: Layers): ProjectApi | undefined {
  const reader = createReader(layers);
  const url = reader.find("ssm-rundeck-url");
  const token = reader.find("ssm-rundeck-token");
  return url === undefined || token === undefined
    ? undefined
    : { url, token: new Secret(token) };
}
