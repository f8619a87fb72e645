import { AwsFault, type Call } from "../protocol.ts";
import { type Admission, admit, anybody, openCall } from "./access.ts";
import { answerError, answerJson, answerXml } from "./answer.ts";
import { parseJson } from "./body.ts";
import {
  type Exchange,
  type ExchangeOptions,
  formOf,
  nodeTokenHeader,
} from "./exchange.ts";

/** Writes the answer. Between the effect and this a fault may step in. */
export type Answering = () => void;

/** Does what was asked, or finds why not. S3's answers are streams: for S3 the answer is written when this resolves. */
export async function serve(
  exchange: Exchange,
  options: ExchangeOptions,
): Promise<Answering> {
  const { response, request, asked, record } = exchange;
  try {
    const admission = admitExchange(exchange, options);
    refuseTooMany(exchange, options);
    const answering = await dispatch(exchange, admission, options);
    record.outcome =
      response.statusCode < 400 ? "ok" : `${response.statusCode}`;
    return answering;
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    record.outcome = error.code;
    request.resume();
    return () => answerError(response, error, asked);
  }
}

function admitExchange(
  exchange: Exchange,
  { access, clock, nodeTokens }: ExchangeOptions,
): Admission {
  const { request, route, body, record } = exchange;
  const token = request.headers[nodeTokenHeader];
  const node = typeof token === "string" ? nodeTokens.get(token) : undefined;
  if (node) {
    record.accessKeyId = node.accessKeyId;
    return { identity: node, region: access.region, verified: true };
  }
  // the one call that nobody signs: its token tells who asks
  if (record.operation === "AssumeRoleWithWebIdentity")
    return {
      identity: anybody("", access.account),
      region: access.region,
      verified: false,
    };
  const { method = "GET", url = "/", headers } = request;
  const admission = admit(
    { method, url, headers, ...(route.service === "s3" ? {} : { body }) },
    clock.now(),
    access,
  );
  record.verified = admission.verified;
  return admission;
}

function refuseTooMany(
  { record }: Exchange,
  { throttle, clock }: ExchangeOptions,
): void {
  const operation = `${record.service}:${record.operation}`;
  if (!throttle.admit(operation, clock.now()))
    throw new AwsFault("ThrottlingException", "Rate exceeded");
}

async function dispatch(
  exchange: Exchange,
  admission: Admission,
  { services, access }: ExchangeOptions,
): Promise<Answering> {
  const { request, response, route, body, asked } = exchange;
  const call = callOf(exchange, admission, access);
  switch (route.service) {
    case "ssm":
    case "logs": {
      const service = services[route.service];
      const input = parseJson(body);
      const output = await service.handle(route.operation, input, call);
      return () => answerJson(response, output, asked.requestId);
    }
    case "sts":
    case "ec2": {
      const form = formOf(body, request.url ?? "/");
      const document = services[route.service].handle(form, call);
      return () => answerXml(response, document, asked.requestId);
    }
    case "s3":
      await services.s3.handle(request, response, call);
      return () => undefined;
  }
}

function callOf(
  { response, asked }: Exchange,
  admission: Admission,
  access: ExchangeOptions["access"],
): Call {
  const hangUp = new AbortController();
  response.once("close", () => hangUp.abort());
  return openCall(admission, access, {
    requestId: asked.requestId,
    signal: hangUp.signal,
  });
}
