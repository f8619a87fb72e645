import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import {
  DescribeInstanceInformationCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { openClient } from "./bucket.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import type { Call } from "./companions.ts";
import { checkUrl } from "./endpoints.ts";
import type { Service } from "./endpoints.ts";
import { translate } from "./errors.ts";
import { classify } from "./failure.ts";
import type { Handler, Transport } from "./transport.ts";

/** A service as the network shows it. `bucket`: for S3, whose buckets have host names of their own. */
export type Place = {
  service: Service;
  options: ClientOptions;
  bucket?: string;
};

/** The URL that requests to a service go to: by region, FIPS, dual stack and endpoints of the user's own. Nothing is sent. */
export async function locate(place: Place, call: Call): Promise<URL> {
  let url: URL | undefined;
  const handler = {
    ...inert,
    handle: (request: Request) => {
      url = urlOf(request);
      return Promise.reject(new Error("nothing is to be sent"));
    },
  };
  const { transport } = place.options;
  const located = transport.travel(async (journey) => {
    await send(place, handler, call.signal).catch((error: unknown) => {
      if (!url) throw explained(error, place, { call, journey });
    });
    return url;
  });
  return (await located) ?? new URL("https://amazonaws.com");
}

/**
 * Asks a service something without a signature, which AWS refuses: that shows the way, and AWS's time. Answers the date of AWS's answer,
 * if it has one. Throws translated `BridgeError`s for what is not AWS's answer.
 */
export async function knock(
  place: Place,
  call: Call,
): Promise<Date | undefined> {
  const { transport } = place.options;
  const real = transport.handler();
  let date: string | undefined;
  const handler: Handler = {
    ...inert,
    handle: async (request, limits) => {
      for (const name of Object.keys(request.headers))
        if (/^(?:authorization|x-amz-(?:date|content-sha256))$/i.test(name))
          delete request.headers[name];
      const answer = await real.handle(request, limits);
      date = answer.response.headers["date"];
      return answer;
    },
  };
  try {
    await transport.travel((journey) =>
      send(place, handler, call.signal).catch((error: unknown) => {
        if (classify(error, journey)?.answered !== true)
          throw explained(error, place, { call, journey });
      }),
    );
  } finally {
    real.destroy();
  }
  const told = new Date(date ?? NaN);
  return Number.isNaN(told.getTime()) ? undefined : told;
}

type Request = Parameters<Handler["handle"]>[0];

const inert = {
  metadata: { handlerProtocol: "http/1.1" },
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
  destroy: () => undefined,
};

function urlOf({ protocol, hostname, port, path }: Request): URL {
  const at = port === undefined ? "" : `:${port}`;
  return new URL(`${protocol}//${hostname}${at}${path}`);
}

/** Signed by nobody. */
const nobody = {
  renew: () => Promise.resolve(),
  provide: () => Promise.resolve({ accessKeyId: "-", secretAccessKey: "-" }),
  describe: () => "nobody",
  forget: () => undefined,
};

async function send(
  { service, options, bucket = "" }: Place,
  handler: Handler,
  abortSignal: AbortSignal,
): Promise<void> {
  const transport: Transport = { ...options.transport, handler: () => handler };
  checkUrl(options.endpoint);
  const opened = { ...options, transport, credentials: nobody };
  const config = clientConfig(opened);
  const limits = { abortSignal };
  switch (service) {
    case "ssm": {
      const command = new DescribeInstanceInformationCommand({});
      await new SSMClient(config).send(command, limits);
      return;
    }
    case "sts":
      await new STSClient(config).send(
        new GetCallerIdentityCommand({}),
        limits,
      );
      return;
    case "logs": {
      const input = { logGroupName: "-", logStreamName: "-" };
      const command = new GetLogEventsCommand(input);
      await new CloudWatchLogsClient(config).send(command, limits);
      return;
    }
    case "ec2":
      await new EC2Client(config).send(new DescribeRegionsCommand({}), limits);
      return;
    case "s3": {
      const command = new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 });
      await openClient(opened, bucket).send(command, limits);
      return;
    }
  }
}

/** The actions in whose name the way is tried. */
const actions = {
  ssm: "ssm:SendCommand",
  sts: "sts:GetCallerIdentity",
  logs: "logs:GetLogEvents",
  s3: "s3:PutObject",
  ec2: "ec2:DescribeInstances",
} as const satisfies Record<Service, string>;

function explained(
  error: unknown,
  { service, options }: Place,
  {
    call,
    journey,
  }: { call: Call; journey: Parameters<Parameters<Transport["travel"]>[0]>[0] },
): unknown {
  const { endpoint } = options;
  return translate(error, {
    action: actions[service],
    subject: call.subject,
    journey,
    ...(endpoint ? { endpointFrom: endpoint.from } : {}),
  });
}
