import type { Documents, DocumentName } from "../aws/documents.ts";
import type { DocumentDescription } from "../command/document/description.ts";
import type { Ports } from "../exec/ports.ts";
import { callOf, retry, silenceLimitMs } from "../exec/retry.ts";
import { BridgeError } from "../kernel/errors.ts";

/**
 * What AWS tells of a document before it is sent; undefined where it may not be described, which is said. Of what its parameters allow
 * only its text tells, which need not be readable: then AWS alone checks that.
 */
export async function describeDocument(
  ports: Pick<Ports, "clock" | "random" | "log" | "subject"> & {
    documents: Documents;
  },
  name: DocumentName,
  signal: AbortSignal,
): Promise<DocumentDescription | undefined> {
  const untilEpochMs = ports.clock.now() + silenceLimitMs;
  const patience = { silenceMs: silenceLimitMs, untilEpochMs };
  const { documents } = ports;
  const call = callOf(ports, signal);
  const ask = <T>(work: () => Promise<T>) =>
    retry(ports, patience, signal, work).catch(passDenial);
  const [description, text] = await Promise.all([
    ask(() => documents.describe(name, call)),
    ask(() => documents.read(name, call)),
  ]);
  if (!description) {
    ports.log.note(
      `${ports.subject.target}: the document may not be described (ssm:DescribeDocument is denied), so its parameters are sent as they are`,
    );
    return undefined;
  }
  const parameters = [...description.parameters].map(
    ([parameter, known]) =>
      [parameter, { ...known, ...text?.get(parameter) }] as const,
  );
  return { ...description, parameters: new Map(parameters) };
}

function passDenial(error: unknown): undefined {
  if (error instanceof BridgeError && error.failure?.denied) return undefined;
  throw error;
}
