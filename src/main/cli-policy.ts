import { answerRequest } from "../policy/answer.ts";
import { isPolicyOption, optionOf } from "../policy/options.ts";
import { parseRequest, type PolicyRequest } from "../policy/request.ts";
import type { Arguments, OptionKind } from "./arguments.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./shell.ts";

export function kindOfPolicyOption(name: string): OptionKind {
  if (!isPolicyOption(name)) return undefined;
  return optionOf(name).repeats ? "values" : "value";
}

/** `rundeck-ssm policy KIND [options]`: the least policy for these settings, alone on stdout; what there is to say of it on stderr. */
export async function policyCommand(
  { stdout, log }: Shell,
  given: Arguments,
): Promise<Ending> {
  const { text, notes } = answerRequest(requestOf(given));
  await stdout.write(Buffer.from(text));
  for (const note of notes) log.note(note);
  return { exitCode: 0 };
}

/** @throws BridgeError as `parseRequest` does */
export function requestOf({
  options,
  lists,
  words,
  rest,
}: Arguments): PolicyRequest {
  const given = [
    ...[...options].map(([name, value]) => [name, [value]] as const),
    ...lists,
  ].flatMap(([name, texts]) =>
    isPolicyOption(name) ? [[name, texts] as const] : [],
  );
  return parseRequest([...words, ...rest], new Map(given));
}
