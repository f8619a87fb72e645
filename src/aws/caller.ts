import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import * as z from "zod/mini";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import type { Call } from "./companions.ts";

const answerForm = z.object({ Account: z.string(), Arn: z.string() });

/** Whose the credentials are: `sts:GetCallerIdentity`, which needs no permission. Throws translated `BridgeError`s. */
export async function readCaller(
  options: ClientOptions,
  clock: Clock,
  to: Call,
): Promise<{ account: string; arn: string }> {
  const client = new STSClient(clientConfig(options));
  try {
    return await openCaller(options, clock)(
      "sts:GetCallerIdentity",
      to,
      async (limits) => {
        const answer = await client.send(
          new GetCallerIdentityCommand({}),
          limits,
        );
        const { Account: account, Arn: arn } = answerForm.parse(answer);
        return { account, arn };
      },
    );
  } finally {
    client.destroy();
  }
}
