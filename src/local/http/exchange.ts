import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Identity } from "../auth/identities.ts";
import { readClaim } from "../auth/sigv4.ts";
import type { LocalClock } from "../clock.ts";
import type { FaultPort } from "../faults.ts";
import type { JsonService } from "../protocol.ts";
import type { RequestRecord } from "../requests.ts";
import type { S3 } from "../s3/s3.ts";
import type { Ec2 } from "../ec2/ec2.ts";
import type { Sts } from "../sts/sts.ts";
import type { AccessOptions } from "./access.ts";
import type { Asked } from "./answer.ts";
import { parseJson, readBody } from "./body.ts";
import { type Route, routeOf } from "./route.ts";
import type { Throttle } from "./throttle.ts";

export type Services = {
  ssm: JsonService;
  logs: JsonService;
  sts: Sts;
  ec2: Ec2;
  s3: S3;
};

export type ExchangeOptions = {
  services: Services;
  access: AccessOptions;
  faults: FaultPort;
  throttle: Throttle;
  clock: LocalClock;
  requests: RequestRecord[];
  /** The fleet's own S3 calls, by the token in their header. */
  nodeTokens: ReadonlyMap<string, Identity>;
};

export const nodeTokenHeader = "x-local-aws-node";

/** One request and what is known of it before anybody serves it. */
export type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  route: Route;
  /** Empty for S3. */
  body: Buffer;
  asked: Asked;
  record: RequestRecord;
};

export async function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, access }: ExchangeOptions,
): Promise<Exchange> {
  const { method = "GET", url = "/", headers } = request;
  const route = routeOf(request);
  const body =
    route.service === "s3" ? Buffer.alloc(0) : await readBody(request);
  const claim = readClaim({ method, url, headers });
  return {
    request,
    response,
    route,
    body,
    asked: {
      service: route.service,
      requestId: randomUUID(),
      method,
      path: url.split("?")[0] ?? "/",
    },
    record: {
      ...describeInput(route, body, { method, url }),
      accessKeyId: claim?.accessKeyId ?? "",
      verified: false,
      atMs: clock.now(),
      region: claim?.scope.region ?? access.region,
    },
  };
}

function describeInput(
  route: Route,
  body: Buffer,
  { method, url }: { method: string; url: string },
): Pick<RequestRecord, "service" | "operation" | "input"> {
  if (route.service === "s3") return { ...route, input: { method, url } };
  if ("operation" in route) return { ...route, input: looseJson(body) };
  const form = formOf(body, url);
  return {
    service: route.service,
    operation: form.get("Action") ?? "",
    input: Object.fromEntries(form),
  };
}

/** For the record only: what cannot be parsed is refused later, when it is served. */
function looseJson(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

export function formOf(body: Buffer, url: string): URLSearchParams {
  return new URLSearchParams(
    body.length > 0 ? body.toString("utf8") : (url.split("?")[1] ?? ""),
  );
}
