import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, it } from "vitest";
import { startLocalAws } from "../../../src/local/local-aws.ts";
import { commandsOf } from "../../documents/commands.ts";

/** What each command of the documents asks of AWS. The local AWS has neither operation, so no more than the request can be looked at. */
const requests: Readonly<Record<string, object>> = {
  "aws ec2 modify-instance-metadata-options": {
    operation: "ModifyInstanceMetadataOptions",
    input: expect.objectContaining({
      InstanceId: "i-0123456789abcdef0",
      HttpPutResponseHopLimit: "2",
    }),
  },
  "aws ssm create-activation": {
    operation: "CreateActivation",
    region: "eu-west-1",
    input: {
      IamRole: "rundeck-hybrid",
      RegistrationLimit: 20,
      DefaultInstanceName: "store",
    },
  },
};

/** The documents' commands for the AWS CLI, by the real one. */
export function itRunsDocumented(aws: string): void {
  it.each(commandsOf("aws-cli"))("$file:$line: $text", async ({ text }) => {
    await using local = await startLocalAws({ nodes: 0 });
    const child = spawn("bash", ["--norc", "-euc", text], {
      stdio: "ignore",
      env: {
        PATH: `${path.dirname(aws)}:${process.env["PATH"]}`,
        HOME: "/nonexistent",
        AWS_ENDPOINT_URL: local.endpoint,
        AWS_DEFAULT_REGION: local.region,
        AWS_ACCESS_KEY_ID: "AKIAANYBODY",
        AWS_SECRET_ACCESS_KEY: "any",
        AWS_EC2_METADATA_DISABLED: "true",
      },
    });
    await once(child, "close");
    // a command that is wrong makes no request
    const [, command = ""] = /^(aws \S+ \S+)/.exec(text) ?? [];
    expect(local.requests).toEqual([
      expect.objectContaining(requests[command] ?? { operation: command }),
    ]);
  });
}
