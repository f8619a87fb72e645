import { wrongEnvironment } from "../kernel/errors.ts";
import type { Environment } from "./proxy.ts";

/** What each client of the SDK is opened with, so that it looks for none of it itself. */
export type SdkOptions = {
  defaultsMode: "legacy";
  useFipsEndpoint?: boolean;
  useDualstackEndpoint?: boolean;
};

/**
 * The SDK passes over what is not `true` or `false` in small letters, and asks ordinary endpoints; other clients take capitals as well. The
 * mode is the SDK's own default: all that another changes we set ourselves, and by a name that it does not know each call ends.
 * @throws BridgeError `setting-invalid`
 */
export function readSdkOptions(environment: Environment): SdkOptions {
  const fips = readSwitch(environment, "AWS_USE_FIPS_ENDPOINT");
  const dualstack = readSwitch(environment, "AWS_USE_DUALSTACK_ENDPOINT");
  return {
    defaultsMode: "legacy",
    ...(fips === undefined ? {} : { useFipsEndpoint: fips }),
    ...(dualstack === undefined ? {} : { useDualstackEndpoint: dualstack }),
  };
}

function readSwitch(
  environment: Environment,
  variable: string,
): boolean | undefined {
  const value = environment[variable];
  if (!value) return undefined;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === "true";
  throw wrongEnvironment(
    `${variable} in the server's environment is ${JSON.stringify(value)}: it must be true or false; correct it, or remove it`,
  );
}
