import type { IncomingMessage, ServerResponse } from "node:http";
import { sleep } from "../clock.ts";
import type { FaultAction } from "../faults.ts";
import { AwsFault } from "../protocol.ts";
import { keepRecord } from "../requests.ts";
import { answerError, answerNonsense } from "./answer.ts";
import {
  type Exchange,
  type ExchangeOptions,
  openExchange,
} from "./exchange.ts";
import { serve } from "./serve.ts";

/** One request from its first byte to its answer, with everything that goes wrong by order. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ExchangeOptions,
): Promise<void> {
  const exchange = await openExchange(request, response, options);
  keepRecord(options.requests, exchange.record);
  const fault = options.faults.pick(exchange.record);
  if (fault?.kind === "delay")
    return await serveLate(exchange, fault.ms, options);
  if (fault) return await serveSpoilt(exchange, fault, options);
  const answer = await serve(exchange, options);
  answer();
}

/** The effect happens at once, the answer comes late. For S3 both are late. */
async function serveLate(
  exchange: Exchange,
  ms: number,
  options: ExchangeOptions,
): Promise<void> {
  if (exchange.route.service === "s3") await sleep(options.clock, ms);
  const answer = await serve(exchange, options);
  if (exchange.route.service !== "s3") await sleep(options.clock, ms);
  answer();
}

async function serveSpoilt(
  exchange: Exchange,
  fault: Exclude<FaultAction, { kind: "delay" }>,
  options: ExchangeOptions,
): Promise<void> {
  const { request, response, record } = exchange;
  const effective =
    fault.kind === "malformed" || ("when" in fault && fault.when === "after");
  const spoil = (): void => spoilAnswer(exchange, fault);
  if (!effective) {
    request.resume();
    spoil();
  } else if (exchange.route.service === "s3") {
    replaceAnswer(response, spoil);
    await serve(exchange, options);
  } else {
    await serve(exchange, options);
    spoil();
  }
  record.outcome = fault.kind === "error" ? fault.code : fault.kind;
}

function spoilAnswer(
  { request, response, asked }: Exchange,
  fault: Exclude<FaultAction, { kind: "delay" }>,
): void {
  switch (fault.kind) {
    case "lost":
      request.socket.destroy();
      return;
    case "malformed":
      return answerNonsense(response);
    case "error": {
      const { code, message = "", status = 400 } = fault;
      return answerError(response, new AwsFault(code, message, status), asked);
    }
  }
}

/** Lets a handler believe that it has answered, and does something else `instead`. */
function replaceAnswer(response: ServerResponse, instead: () => void): void {
  const restore = (): void => {
    for (const name of ["writeHead", "write", "end"])
      Reflect.deleteProperty(response, name);
  };
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => {
    restore();
    instead();
    return response;
  };
}
