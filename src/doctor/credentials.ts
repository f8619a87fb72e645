import { readCaller } from "../aws/caller.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import type { CredentialChoice } from "../credentials/choose.ts";
import { endOfEither } from "../exec/signals.ts";
import { openClients } from "../services/clients.ts";
import type { ClientOpener } from "../services/clients.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { check, findingOfFailure } from "./check.ts";
import type { Check, Finding, Need } from "./check.ts";
import type { Caller, Context, Party, Stage } from "./context.ts";

/** Where credentials come from, whose they are, and until when. */
export const checkCredentials: Stage = async (context) => {
  const { executor, copier } = context;
  const own = await checkParty(executor, context, {
    prefix: "",
    gives: "credentials",
  });
  if (!copier) return own;
  if (isSame(executor.settings, copier.settings)) {
    const missing = context.known.lacks.get("credentials");
    if (missing !== undefined)
      context.known.lacks.set("copier-credentials", missing);
    return own;
  }
  const others = await checkParty(copier, context, {
    prefix: "copier ",
    gives: "copier-credentials",
  });
  return [...own, ...others];
};

function isSame(one: NodeSettings, other: NodeSettings): boolean {
  return identityOf(one) === identityOf(other);
}

/** What tells credentials apart, as one text that nobody sees. */
function identityOf(settings: NodeSettings): string {
  const { credentials, region, stsRegion, endpoints } = settings;
  const { keys, profile, assumeRole } = credentials;
  return JSON.stringify([
    keys?.accessKeyId,
    keys?.secretKey.reveal(),
    profile,
    assumeRole,
    region,
    stsRegion,
    endpoints.sts,
  ]);
}

type Naming = { prefix: string; gives: Need };

async function checkParty(
  party: Party<NodeSettings>,
  context: Context,
  { prefix, gives }: Naming,
): Promise<Check[]> {
  const { settings } = party;
  const { lacks } = context.known;
  const choice = chooseCredentials(
    settings.credentials,
    context.host.execution,
  );
  const named = (name: string) =>
    ({ stage: "credentials", name: `${prefix}${name}` }) as const;
  const base = openBase(party, choice, context);
  const source = await check(
    named("source"),
    { needs: [gives], gives: [gives], lacks },
    () => fetchFrom(base, party, context),
  );
  const passed = checkPassed(choice, base("sts").credentials.passed());
  const role = choice.role;
  const assumed =
    role === undefined
      ? []
      : [
          await check(
            named("role"),
            { needs: [gives, "sts"], gives: [gives], lacks },
            () => assume(role, party, context),
          ),
        ];
  const caller = await check(
    named("caller"),
    { needs: [gives], gives: [gives], lacks },
    () => identify(party, context, gives),
  );
  return [
    source,
    ...(passed ? [{ ...named("other sources"), ...passed }] : []),
    ...assumed,
    caller,
  ];
}

/** The same without the role on top. */
function openBase(
  { settings, subject, openClient }: Party<NodeSettings>,
  choice: CredentialChoice,
  { host, environment, clock }: Context,
): ClientOpener {
  if (!choice.role) return openClient;
  const { execution } = host;
  const asker = { settings, execution, environment, subject };
  return openClients(asker, clock, undefined, { source: choice.source });
}

async function fetchFrom(
  open: ClientOpener,
  { subject }: Party<NodeSettings>,
  { signal }: Context,
): Promise<Finding> {
  const { credentials } = open("sts");
  await credentials.renew({ signal, subject });
  return { state: "ok", says: credentials.describe() };
}

/** Why the sources before the one that gave them had none, and what was not asked. */
function checkPassed(
  { source }: CredentialChoice,
  passed: readonly string[],
): Finding | undefined {
  if (source.kind !== "default")
    return {
      state: "ok",
      says: `not asked, since ${source.setting} comes before the default chain`,
    };
  if (passed.length === 0) return undefined;
  return { state: "ok", says: passed.join("; ") };
}

async function assume(
  { externalId }: NonNullable<CredentialChoice["role"]>,
  party: Party<NodeSettings>,
  context: Context,
): Promise<Finding> {
  const { says } = await fetchFrom(party.openClient, party, context);
  const by =
    externalId === undefined
      ? "without an external id"
      : `with the external id ${externalId}`;
  return {
    state: "ok",
    says: `${says}; assumed ${by}, renewed while a command runs`,
  };
}

const answerLimitMs = 8_000;
const silence = `STS has not answered within ${answerLimitMs / 1_000} s`;

/** Whose they are. Where STS can't be reached nobody knows, and executions do without. */
async function identify(
  { subject, openClient }: Party<NodeSettings>,
  { clock, signal, known }: Context,
  gives: Need,
): Promise<Finding> {
  const missing = known.lacks.get("sts");
  if (missing !== undefined)
    return { state: "unknown", says: `STS can't be asked: see ${missing}` };
  const limit = endOfEither(signal, clock.deadline(answerLimitMs));
  try {
    const caller: Caller = await readCaller(openClient("sts"), clock, {
      signal: limit,
      subject,
    });
    if (gives === "credentials") known.caller = caller;
    return {
      state: "ok",
      says: `${caller.arn}, account ${caller.account}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { state: "unknown", says: silence };
    const finding = findingOfFailure(error);
    // no policy can forbid it but an endpoint's or an organization's: executions don't ask it
    return finding.state === "problem" && finding.code !== "credentials-invalid"
      ? { state: "unknown", says: finding.says, remedy: finding.remedy }
      : finding;
  }
}
