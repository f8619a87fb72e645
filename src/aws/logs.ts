import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import type { Call } from "./companions.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import { errorName } from "./failure.ts";

/** Where to read on in a log stream. */
export type LogPosition = {
  group: string;
  stream: string;
  /** `next` of the page before; absent: from the stream's first event. */
  token?: string;
};

/** Some events of a stream, oldest first. */
export type LogPage = {
  messages: readonly string[];
  next: string | undefined;
  /** AWS has probably more right now: the page is as large as pages get. */
  full: boolean;
};

/** CloudWatch Logs, as narrow as reading a command's output needs it: `logs:GetLogEvents` is all that it asks for. */
export type Logs = {
  /** Undefined while AWS knows no such stream, or no such group: its answer does not tell which. Throws translated `BridgeError`s. */
  read(position: LogPosition, call: Call): Promise<LogPage | undefined>;
  close(): void;
};

/** Opens the client. Nothing is sent until the first call. */
export function openLogs(options: ClientOptions, clock: Clock): Logs {
  const client = new CloudWatchLogsClient(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    read: (position, to) =>
      call(
        "logs:GetLogEvents",
        to,
        async (limits) => {
          const input = new GetLogEventsCommand({
            logGroupName: position.group,
            logStreamName: position.stream,
            startFromHead: true,
            ...(position.token === undefined
              ? {}
              : { nextToken: position.token }),
          });
          try {
            const answer = await client.send(input, limits);
            const messages = (answer.events ?? []).map(
              (event) => event.message ?? "",
            );
            const next = answer.nextForwardToken;
            return { messages, next, full: isFull(messages) };
          } catch (error) {
            if (errorName(error) === "ResourceNotFoundException")
              return undefined;
            throw error;
          }
        },
        { setting: "cloudwatch-log-group" },
      ),
    close: () => client.destroy(),
  };
}

/** A page holds up to 1 MB or 10,000 events. Taking too much for full costs one more call, too little delays the rest. */
function isFull(messages: readonly string[]): boolean {
  const characters = messages.reduce((sum, text) => sum + text.length, 0);
  return messages.length >= 9_000 || characters >= 250_000;
}
