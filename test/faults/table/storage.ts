import type { FaultAction } from "../../../src/local/faults.ts";
import {
  type Expected,
  type Fault,
  passes,
  type Pipeline,
} from "../../support/faults/cell.ts";
import { bucket, logGroup } from "../../support/faults/world.ts";

const copier: readonly Pipeline[] = ["copier"];
const output: readonly Pipeline[] = ["output"];
const both: readonly Pipeline[] = ["copier", "output"];

/** The output has another way: a note says why. */
const otherWay = passes(60, {
  happens: "the output comes through Systems Manager; a note says why",
  notes: 1,
});

const copyFails = (
  exit: number,
  codeWord: string,
  says: RegExp[],
): Expected => ({
  happens: "fails; the old file stays, and the bucket is named",
  exit,
  codeWord,
  says,
  runs: 0,
  longestSeconds: 30,
});

const denied = (
  id: string,
  action: string,
  pipelines: readonly Pipeline[],
  expected: Fault["expected"],
): Fault => ({
  id,
  fault: `${action} is denied to everybody`,
  pipelines,
  way: "bucket",
  arrange: ({ aws }) => void aws.faults.deniedActions.add(action),
  expected,
});

const bucketFaults: Fault[] = [
  {
    id: "bucket-missing",
    fault: "the bucket does not exist",
    pipelines: both,
    way: "bucket",
    arrange: ({ environment, pipeline }) => {
      environment[
        pipeline === "copier"
          ? "RD_CONFIG_SSM_COPIER_BUCKET"
          : "RD_CONFIG_SSM_OUTPUT_BUCKET"
      ] = "no-such-bucket";
    },
    expected: (pipeline) =>
      pipeline === "copier"
        ? copyFails(78, "setting-invalid", [
            /no-such-bucket/,
            /ssm-copier-bucket/,
          ])
        : otherWay,
  },
  denied("bucket-put-denied", "s3:PutObject", both, (pipeline) =>
    pipeline === "copier"
      ? copyFails(77, "access-denied", [/s3:PutObject/, /pass-through/])
      : otherWay,
  ),
  denied("bucket-get-denied", "s3:GetObject", both, (pipeline) =>
    pipeline === "copier"
      ? copyFails(77, "access-denied", [/s3:GetObject/, /pass-through/])
      : otherWay,
  ),
  denied("bucket-delete-denied", "s3:DeleteObject", both, {
    ...passes(30),
    happens: "runs as ever; the object is emptied",
    notes: 1,
    left: ["object"],
  }),
  {
    id: "bucket-node-denied",
    fault: "the node's role may not read the bucket",
    pipelines: copier,
    arrange: ({ node }) => {
      node.role.policies = [];
    },
    expected: passes(60),
  },
  {
    id: "bucket-other-region",
    fault: "the bucket is in another region",
    pipelines: both,
    way: "bucket",
    arrange: ({ aws }) =>
      void aws.s3.createBucket(bucket, { region: "eu-west-1" }),
    expected: passes(30),
  },
  {
    id: "bucket-demands-kms",
    fault: "the bucket takes nothing that is not encrypted with a KMS key",
    pipelines: copier,
    arrange: ({ aws }) =>
      void aws.s3.createBucket(bucket, { demandKmsKey: "kms" }),
    expected: copyFails(77, "access-denied", [/s3:PutObject|kms|KMS/]),
  },
  {
    id: "object-gone",
    fault: "the object is gone before the node fetches it",
    pipelines: copier,
    arrange: ({ fails, node }) =>
      fails({
        kind: "error",
        code: "NoSuchKey",
        status: 404,
        operation: "GetObject",
        accessKeyId: node.role.accessKeyId,
      }),
    // a signed address is another way
    expected: passes(60, { notes: 1 }),
  },
  {
    id: "object-altered",
    fault: "the object is altered between upload and fetch",
    pipelines: copier,
    arrange: ({ fails }) => fails({ kind: "altered", operation: "GetObject" }),
    expected: copyFails(74, "transfer-failed", []),
  },
  {
    id: "output-object-altered",
    fault: "the output's object is altered on its way",
    pipelines: output,
    way: "bucket",
    arrange: ({ fails, identity }) =>
      fails({
        kind: "altered",
        operation: "GetObject",
        accessKeyId: identity.accessKeyId,
      }),
    expected: {
      happens:
        "what was shown is compared with what the node wrote: it comes another way, with a note, or the run fails with 74 `output-incomplete`",
      exit: "own",
      notes: 1,
      runs: 1,
      longestSeconds: 60,
      or: {
        happens: "fails",
        exit: 74,
        codeWord: "output-incomplete",
        notes: 1,
        runs: 1,
        anyOutput: true,
        longestSeconds: 60,
      },
    },
  },
  {
    id: "output-object-gone",
    fault: "the output's object is gone before it is read",
    pipelines: output,
    way: "bucket",
    arrange: ({ fails, identity }) =>
      fails({
        kind: "error",
        code: "NoSuchKey",
        status: 404,
        operation: "GetObject",
        accessKeyId: identity.accessKeyId,
        skip: 1,
      }),
    expected: otherWay,
  },
];

const put = (
  id: string,
  fault: string,
  action: FaultAction,
  expected: Expected,
): Fault => ({
  id,
  fault,
  pipelines: copier,
  arrange: ({ fails, identity }) =>
    fails({
      ...action,
      operation: "PutObject",
      accessKeyId: identity.accessKeyId,
    }),
  expected,
});

const s3Words: Fault[] = [
  put(
    "s3-invalid-argument",
    "S3 finds something invalid (InvalidArgument)",
    {
      kind: "error",
      code: "InvalidArgument",
      status: 400,
      message: "Invalid Argument",
    },
    copyFails(78, "aws-refused", [/InvalidArgument/, /pass-through/]),
  ),
  put(
    "s3-kms-disabled",
    "the bucket's KMS key is disabled",
    {
      kind: "error",
      code: "KMS.DisabledException",
      status: 400,
      message: "arn:aws:kms:us-east-1:111122223333:key/1 is disabled.",
    },
    copyFails(78, "setting-invalid", [
      /KMS\.DisabledException/,
      /pass-through/,
    ]),
  ),
  put(
    "s3-kms-invalid-usage",
    "the bucket's KMS key is of a kind that can't encrypt",
    { kind: "error", code: "KMS.InvalidKeyUsageException", status: 400 },
    copyFails(78, "setting-invalid", [/KMS\.InvalidKeyUsageException/]),
  ),
  put(
    "s3-silent",
    "S3 never answers an upload",
    { kind: "silent", when: "before" },
    {
      ...copyFails(75, "aws-silent", [/s3:PutObject/]),
      left: ["object"],
      longestSeconds: 80,
    },
  ),
  put(
    "s3-page",
    "a proxy answers uploads with a web page (403)",
    { kind: "foreign", status: 403 },
    { ...copyFails(75, "not-aws", [/not AWS/]), longestSeconds: 80 },
  ),
  put(
    "s3-expired-token",
    "S3 calls the session expired",
    {
      kind: "error",
      code: "ExpiredToken",
      status: 400,
      message: "The provided token has expired.",
    },
    copyFails(77, "credentials-invalid", [/expired/i]),
  ),
  put(
    "s3-aborted",
    "S3 asks to try again (OperationAborted) for 5 s",
    { kind: "error", code: "OperationAborted", status: 409 },
    passes(40),
  ),
];
const aborted = s3Words.at(-1);
if (aborted)
  aborted.arrange = ({ fails }) =>
    fails({
      kind: "error",
      code: "OperationAborted",
      status: 409,
      operation: "PutObject",
      forMs: 5_000,
    });

const logFaults: Fault[] = [
  {
    id: "logs-group-missing",
    fault: "the log group does not exist, and the node may not make it",
    pipelines: output,
    way: "logs",
    arrange: ({ environment, aws }) => {
      environment["RD_CONFIG_CLOUDWATCH_LOG_GROUP"] = "/no/such/group";
      aws.faults.deniedActions.add("logs:CreateLogGroup");
    },
    expected: otherWay,
  },
  {
    id: "logs-read-denied",
    fault: "logs:GetLogEvents is denied",
    pipelines: output,
    way: "logs",
    arrange: ({ aws }) =>
      void aws.faults.deniedActions.add("logs:GetLogEvents"),
    expected: otherWay,
  },
  {
    id: "logs-write-denied",
    fault: "the node may not write to the log group",
    pipelines: output,
    way: "logs",
    arrange: ({ aws }) => {
      aws.faults.deniedActions.add("logs:CreateLogStream");
      aws.faults.deniedActions.add("logs:PutLogEvents");
    },
    // its agent tries for a minute, for each of two streams
    expected: { ...otherWay, longestSeconds: 150 },
  },
  {
    id: "logs-late",
    fault: "CloudWatch Logs shows events 5 s late",
    pipelines: output,
    way: "logs",
    arrange: ({ aws }) => {
      aws.logs.visibleAfterMs = 5_000;
    },
    expected: passes(60, { notes: 1 }),
  },
  {
    id: "logs-silent",
    fault: "CloudWatch Logs never answers",
    pipelines: output,
    way: "logs",
    arrange: ({ fails, identity }) =>
      fails({
        kind: "silent",
        when: "before",
        service: "logs",
        accessKeyId: identity.accessKeyId,
      }),
    expected: { ...otherWay, longestSeconds: 100 },
  },
  {
    id: "logs-altered",
    fault: "an answer of CloudWatch Logs is altered on its way",
    pipelines: output,
    way: "logs",
    arrange: ({ fails, identity }) =>
      fails({
        kind: "altered",
        operation: "GetLogEvents",
        accessKeyId: identity.accessKeyId,
        times: 1,
      }),
    // in an answer that nobody can parse it shows at once, in the output itself at the end
    expected: {
      ...passes(60, { notes: 1 }),
      happens:
        "what was shown is compared with what the node wrote: it comes another way, with a note, or the run fails with 74 `output-incomplete`",
      or: {
        happens: "fails",
        exit: 74,
        codeWord: "output-incomplete",
        runs: 1,
        anyOutput: true,
        longestSeconds: 60,
      },
    },
  },
  {
    id: "logs-stream-gone",
    fault: `the log group ${logGroup} is deleted while the command runs`,
    pipelines: output,
    way: "logs",
    takesSeconds: 4,
    during: async (world, running) => {
      await world.begun(running);
      world.aws.logs.createGroup(logGroup);
    },
    expected: { ...otherWay, longestSeconds: 100 },
  },
];

export const storageFaults: Fault[] = [
  ...bucketFaults,
  ...s3Words,
  ...logFaults,
];
