import { fromHttp } from "@aws-sdk/credential-providers";
import { quiet } from "./profile-source.ts";
import type { Environment } from "./proxy.ts";
import { WrongChoice } from "./source.ts";
import type { Absence, Identity, Source } from "./source.ts";

const relativeName = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const fullName = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/** The credential endpoint of ECS and EKS, or why it is not set up. Source: AWS SDKs Reference Guide, "Container credential provider". */
export function containerSource(environment: Environment): Source | Absence {
  const relative = environment[relativeName];
  const full = environment[fullName];
  if (!relative && !full)
    return { why: `container: no ${relativeName} or …FULL_URI`, isHalf: false };
  const token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const tokenFile = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const variable = relative ? relativeName : fullName;
  return {
    words: () =>
      `the container's credential endpoint (${variable}${tokenFile ? ", token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" : ""})`,
    remedy: () =>
      "check that the task has a role, and that the Rundeck server reaches the endpoint",
    action: () => undefined,
    fetch: async () => {
      const ask = fromHttp({
        ...(relative
          ? { awsContainerCredentialsRelativeUri: relative }
          : { awsContainerCredentialsFullUri: full ?? "" }),
        ...(tokenFile
          ? { awsContainerAuthorizationTokenFile: tokenFile }
          : token
            ? { awsContainerAuthorizationToken: token }
            : {}),
        timeout: 2_000,
        maxRetries: 1,
        logger: quiet,
      });
      return ask().catch((error: unknown): Identity => {
        throw refusedAddress(error, full ?? "") ?? error;
      });
    },
  };
}

/** What the SDK says of an address that it takes from nobody, so that a token is heard by nobody. Undefined of any other error. */
function refusedAddress(
  error: unknown,
  address: string,
): WrongChoice | undefined {
  const { message } = error instanceof Error ? error : { message: "" };
  return /^(?:Invalid URL|URL not accepted)/.test(message)
    ? new WrongChoice(
        `${fullName} of the server's environment is ${JSON.stringify(withoutSecrets(address))}: it must be an https:// address, or an http:// one of this machine, 169.254.170.2 or 169.254.170.23`,
        "correct it",
        { cause: error },
      )
    : undefined;
}

function withoutSecrets(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*/s, "");
}
