import type { ServerResponse } from "node:http";
import { AwsFault, type Call } from "../protocol.ts";
import { element, xmlDocument } from "./xml.ts";

/** A refusal in S3's words, with the elements and headers that go with its code. */
export class S3Fault extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, string>;
  readonly headers: Record<string, string>;

  constructor(
    code: string,
    status: number,
    message: string,
    extra: {
      details?: Record<string, string>;
      headers?: Record<string, string>;
    } = {},
  ) {
    super(message);
    this.name = "S3Fault";
    this.code = code;
    this.status = status;
    this.details = extra.details ?? {};
    this.headers = extra.headers ?? {};
  }
}

/** What S3 would say to anything that was thrown; undefined for what is no refusal but a defect. */
export function toS3Fault(thrown: unknown): S3Fault | undefined {
  if (thrown instanceof S3Fault) return thrown;
  if (!(thrown instanceof AwsFault)) return undefined;
  return thrown.code === "AccessDeniedException" ||
    thrown.code === "AccessDenied"
    ? new S3Fault("AccessDenied", 403, thrown.message)
    : new S3Fault(thrown.code, thrown.status, thrown.message);
}

export type AnsweredRequest = Pick<Call, "requestId"> & {
  method: string;
  /** The path, as it came. */
  resource: string;
};

/** A HEAD has no body to put an error in: its status and headers are all there is. */
export function answerFault(
  response: ServerResponse,
  fault: S3Fault,
  { requestId, method, resource }: AnsweredRequest,
): void {
  const body = xmlDocument(
    element("Error", {
      Code: fault.code,
      Message: fault.message,
      ...fault.details,
      Resource: resource,
      RequestId: requestId,
      HostId: Buffer.from(requestId).toString("base64"),
    }),
  );
  const bodiless = method === "HEAD" || fault.status === 304;
  response.writeHead(fault.status, {
    "x-amz-request-id": requestId,
    "x-amz-id-2": Buffer.from(requestId).toString("base64"),
    ...(bodiless ? {} : { "content-type": "application/xml" }),
    ...fault.headers,
  });
  response.end(bodiless ? undefined : body);
}
