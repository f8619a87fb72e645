import type { IncomingMessage, ServerResponse } from "node:http";
import { sleep } from "../clock.ts";
import type { FaultAction, SpoiltAnswer } from "../faults.ts";
import { AwsFault } from "../protocol.ts";
import { keepRecord } from "../requests.ts";
import { answerError, answerNonsense, answerPage } from "./answer.ts";
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
  // the server's clock is what clients correct theirs by
  response.setHeader("date", new Date(options.clock.now()).toUTCString());
  const fault = options.faults.pick(exchange.record);
  if (fault) return await serveFaulty(exchange, fault, options);
  const answer = await serve(exchange, options);
  answer();
}

async function serveFaulty(
  exchange: Exchange,
  fault: FaultAction,
  options: ExchangeOptions,
): Promise<void> {
  switch (fault.kind) {
    case "delay":
      return await serveLate(exchange, fault.ms, options);
    case "cut":
    case "altered": {
      exchange.record.outcome = fault.kind;
      changeContent(exchange.response, fault.kind);
      const answer = await serve(exchange, options);
      answer();
      return;
    }
    case "error":
    case "lost":
    case "malformed":
    case "silent":
    case "foreign":
      return await serveSpoilt(exchange, fault, options);
  }
}

/** Lets the head of the answer pass, and does something to the first piece of its content. */
function changeContent(
  response: ServerResponse,
  change: "cut" | "altered",
): void {
  const restore = (): void => restoreAnswer(response);
  const alter = (content: unknown): Buffer => {
    restore();
    const bytes = Buffer.from(
      typeof content === "string" || Buffer.isBuffer(content) ? content : "",
    );
    if (change === "cut") return bytes.subarray(0, bytes.length / 2);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    return bytes;
  };
  const pass = (content: unknown): boolean => {
    const altered = alter(content);
    return response.write(altered, () => {
      if (change === "cut") response.destroy();
    });
  };
  response.write = pass;
  response.end = (content?: unknown) => {
    if (typeof content === "string" || Buffer.isBuffer(content)) pass(content);
    else restore();
    return change === "cut" ? response : response.end();
  };
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
  fault: SpoiltAnswer,
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
  fault: SpoiltAnswer,
): void {
  switch (fault.kind) {
    case "lost":
      request.socket.destroy();
      return;
    case "silent":
      return;
    case "foreign":
      return answerPage(response, fault.status, fault.headers);
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
  const restore = (): void => restoreAnswer(response);
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => {
    restore();
    instead();
    return response;
  };
}

/** Takes back what stood before the response's own methods. */
function restoreAnswer(response: ServerResponse): void {
  for (const name of ["writeHead", "write", "end"])
    Reflect.deleteProperty(response, name);
}
