import { findMistypedRegion } from "../aws/regions.ts";
import type { Host } from "../rundeck/host.ts";
import { holdsSecureValue } from "../rundeck/secure-values.ts";
import type { NodeSettings } from "../settings/settings.ts";
import type { Log } from "../kernel/log.ts";
import type { Subject } from "../kernel/errors.ts";

/** A region that there is not: otherwise its only sign is a minute without an answer from DNS. */
export function warnOfRegion(
  log: Log,
  { region }: NodeSettings,
  subject: Subject,
): void {
  const doubt = findMistypedRegion(region);
  if (doubt !== undefined)
    log.note(`${subject.target}: ${subject.state("region")}: ${doubt}`);
}

/** A secret in the command is readable in AWS's history, and on the node's disk: a warning, since the user may know. */
export function warnOfSecrets(
  log: Log,
  { secureValues, command }: Host,
  { target }: Subject,
): void {
  const isShown = secureValues.some((secret) =>
    holdsSecureValue(command, secret.reveal()),
  );
  if (isShown)
    log.note(
      `${target}: the command holds the value of a secure option, which AWS keeps in its command history and CloudTrail; let the node fetch it instead`,
    );
}
