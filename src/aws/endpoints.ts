import { wrongEnvironment } from "../kernel/errors.ts";
import type { Environment } from "./proxy.ts";

/** The services that we ask, by the names that the SDK's variables have. Source: AWS SDKs Reference Guide, "Service-specific endpoints". */
const variables = {
  ssm: "AWS_ENDPOINT_URL_SSM",
  sts: "AWS_ENDPOINT_URL_STS",
  ec2: "AWS_ENDPOINT_URL_EC2",
  logs: "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
  s3: "AWS_ENDPOINT_URL_S3",
} as const;

export type Service = keyof typeof variables;

/** An endpoint of the user's own, and the setting or variable that gave it. */
export type Endpoint = { url: string; from: string };

/** The endpoint that the environment gives to a service, if any. */
export function endpointOfEnvironment(
  service: Service,
  environment: Environment,
): Endpoint | undefined {
  const ignore = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];
  if (ignore?.toLowerCase() === "true") return undefined;
  for (const variable of [variables[service], "AWS_ENDPOINT_URL"]) {
    const url = environment[variable]?.trim();
    if (url)
      return {
        url,
        from: `${variable} ("${withoutUser(url)}", the server's environment)`,
      };
  }
  return undefined;
}

/**
 * Looks at an endpoint before it is asked: the SDK takes the port of `localhost:4566` for a host. Settings are looked at when they are
 * read, variables only here, since one for a service that is not asked is in nobody's way.
 * @throws BridgeError `setting-invalid`
 */
export function checkUrl(endpoint: Endpoint | undefined): void {
  if (!endpoint) return;
  const { url, from } = endpoint;
  if (/^https?:\/\/[^\s/]/i.test(url) && URL.canParse(url)) return;
  throw wrongEnvironment(
    `${from} is no URL that begins with http:// or https://: correct it, or remove it`,
  );
}

/** It may hold a user and a password. */
function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}
