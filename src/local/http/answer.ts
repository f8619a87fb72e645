import type { ServerResponse } from "node:http";
import { answerFault, toS3Fault } from "../s3/fault.ts";
import { element, xmlDocument } from "../s3/xml.ts";
import { AwsFault } from "../protocol.ts";
import type { ServiceName } from "../requests.ts";

/** What every answer needs to know of its request. */
export type Asked = {
  service: ServiceName;
  requestId: string;
  method: string;
  path: string;
};

export function answerJson(
  response: ServerResponse,
  output: object,
  requestId: string,
): void {
  send(response, 200, JSON.stringify(output), {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": requestId,
  });
}

export function answerXml(
  response: ServerResponse,
  body: string,
  requestId: string,
  status = 200,
): void {
  send(response, status, body, {
    "content-type": "text/xml",
    "x-amzn-requestid": requestId,
  });
}

/** Puts an error into the shape of the protocol that it was asked in. */
export function answerError(
  response: ServerResponse,
  fault: AwsFault,
  asked: Asked,
): void {
  const { code, status, message } = inWordsOf(asked.service, fault);
  switch (asked.service) {
    case "ssm":
    case "logs":
      return send(
        response,
        status,
        JSON.stringify({ __type: code, ...(message ? { message } : {}) }),
        {
          "content-type": "application/x-amz-json-1.1",
          "x-amzn-requestid": asked.requestId,
        },
      );
    case "sts":
      return answerXml(
        response,
        stsError(code, message, asked.requestId),
        asked.requestId,
        status,
      );
    case "ec2":
      return answerXml(
        response,
        ec2Error(code, message, asked.requestId),
        asked.requestId,
        status,
      );
    case "s3":
      return answerS3(response, new AwsFault(code, message, status), asked);
  }
}

function answerS3(
  response: ServerResponse,
  fault: AwsFault,
  { requestId, method, path }: Asked,
): void {
  const s3Fault = toS3Fault(fault);
  if (s3Fault)
    answerFault(response, s3Fault, { requestId, method, resource: path });
}

function stsError(code: string, message: string, requestId: string): string {
  return xmlDocument(
    element('ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"', {
      Error: { Type: "Sender", Code: code, Message: message },
      RequestId: requestId,
    }),
  );
}

function ec2Error(code: string, message: string, requestId: string): string {
  return xmlDocument(
    element("Response", {
      Errors: { Error: { Code: code, Message: message } },
      RequestID: requestId,
    }),
  );
}

/** The services have words of their own for the same refusal. */
function inWordsOf(
  service: ServiceName,
  { code, status, message }: AwsFault,
): { code: string; status: number; message: string } {
  if (code === "ThrottlingException" && service === "s3")
    return {
      code: "SlowDown",
      status: 503,
      message: "Please reduce your request rate.",
    };
  if (service === "ec2") return inWordsOfEc2({ code, status, message });
  if (code === "ThrottlingException" && service === "sts")
    return { code: "Throttling", status: 400, message };
  if (
    code === "AccessDeniedException" &&
    (service === "s3" || service === "sts")
  )
    return { code: "AccessDenied", status: 403, message };
  return { code, status, message };
}

/** Source: EC2 API reference, "Error codes". */
function inWordsOfEc2(fault: {
  code: string;
  status: number;
  message: string;
}) {
  switch (fault.code) {
    case "ThrottlingException":
      return {
        code: "RequestLimitExceeded",
        status: 503,
        message: "Request limit exceeded.",
      };
    case "AccessDeniedException":
      return {
        code: "UnauthorizedOperation",
        status: 403,
        message: `You are not authorized to perform this operation. ${fault.message}`,
      };
    default:
      return fault;
  }
}

/** An answer that no client can make sense of. */
export function answerNonsense(response: ServerResponse): void {
  send(response, 200, '<<{"CommandId": \u0000', {
    "content-type": "application/x-amz-json-1.1",
  });
}

/** What a proxy, a captive portal or some other server says. */
export function answerPage(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  send(
    response,
    status,
    `<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>Not what you asked for</h1></body></html>\n`,
    { "content-type": "text/html", ...headers },
  );
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string>,
): void {
  response.writeHead(status, {
    ...headers,
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
