import type { FaultAction } from "../../../src/local/faults.ts";
import {
  type Expected,
  type Fault,
  type Leftover,
  passes,
  refused,
} from "../../support/faults/cell.ts";

/** What may be wrong with one call, and how long it may cost. */
type Trouble = {
  id: string;
  says: string;
  action: FaultAction;
  times?: number;
  forMs?: number;
  longestSeconds: number;
};

const error = (code: string, status: number): FaultAction => ({
  kind: "error",
  code,
  status,
});

/** Each passes by itself: what it costs is time. */
const troubles: Trouble[] = [
  {
    id: "throttled-minute",
    says: "throttled for a minute",
    action: error("ThrottlingException", 400),
    forMs: 60_000,
    longestSeconds: 85,
  },
  {
    id: "500-once",
    says: "answers 500 once, without effect",
    action: error("InternalServerError", 500),
    times: 1,
    longestSeconds: 15,
  },
  {
    id: "500-minute",
    says: "answers 500 for a minute",
    action: error("InternalServerError", 500),
    forMs: 60_000,
    longestSeconds: 100,
  },
  {
    id: "503-after",
    says: "answers 503 once, though it took effect",
    action: {
      kind: "error",
      code: "ServiceUnavailable",
      status: 503,
      when: "after",
    },
    times: 1,
    longestSeconds: 15,
  },
  {
    id: "reset-before",
    says: "is reset once, before it took effect",
    action: { kind: "lost", when: "before" },
    times: 1,
    longestSeconds: 15,
  },
  {
    id: "reset-after",
    says: "is reset once, after it took effect",
    action: { kind: "lost", when: "after" },
    times: 1,
    longestSeconds: 15,
  },
  {
    id: "silent-before",
    says: "is never answered once, and has no effect",
    action: { kind: "silent", when: "before" },
    times: 1,
    longestSeconds: 45,
  },
  {
    id: "silent-after",
    says: "is never answered once, and took effect",
    action: { kind: "silent", when: "after" },
    times: 1,
    longestSeconds: 45,
  },
  {
    id: "malformed",
    says: "is answered once with what nobody can parse",
    action: { kind: "malformed" },
    times: 1,
    longestSeconds: 15,
  },
  {
    id: "cut",
    says: "is answered once with half an answer",
    action: { kind: "cut" },
    times: 1,
    longestSeconds: 15,
  },
  {
    id: "slow",
    says: "is slow by 30 s once",
    action: { kind: "delay", ms: 30_000 },
    times: 1,
    longestSeconds: 45,
  },
  {
    id: "gateway-page",
    says: "is answered once by a gateway's 502 page",
    action: { kind: "foreign", status: 502 },
    times: 1,
    longestSeconds: 20,
  },
];

/** A call of the plugin's, how a person knows it, and who makes it. */
type CallOf = {
  id: string;
  operation: string;
  pipelines: Fault["pipelines"];
  way?: Fault["way"];
  takesSeconds?: number;
  /** What another way out says. */
  notes?: number;
  /** What may stay, where a note says so. */
  left?: Leftover[];
  slackSeconds?: number;
};

const calls: CallOf[] = [
  { id: "send", operation: "SendCommand", pipelines: undefined },
  { id: "poll", operation: "GetCommandInvocation", pipelines: undefined },
  {
    id: "upload",
    operation: "PutObject",
    pipelines: ["copier"],
  },
  {
    id: "remove",
    operation: "DeleteObject",
    pipelines: ["copier", "output"],
    way: "bucket",
    // a run does not wait for a minute to tidy up
    notes: 1,
    left: ["object"],
  },
  {
    id: "download",
    operation: "GetObject",
    pipelines: ["output"],
    way: "bucket",
    notes: 1,
    slackSeconds: 25,
  },
  {
    id: "logs",
    operation: "GetLogEvents",
    pipelines: ["output"],
    way: "logs",
    takesSeconds: 2,
    // where CloudWatch Logs stays away the rest comes through SSM
    notes: 1,
  },
];

export const callFaults: Fault[] = calls.flatMap((call) =>
  troubles.map((trouble) => faultOf(call, trouble)),
);

function faultOf(call: CallOf, trouble: Trouble): Fault {
  const { action, times, forMs } = trouble;
  return {
    id: `${call.id}-${trouble.id}`,
    fault: `${call.operation} ${trouble.says}`,
    ...(call.pipelines ? { pipelines: call.pipelines } : {}),
    ...(call.way ? { way: call.way } : {}),
    ...(call.takesSeconds === undefined
      ? {}
      : { takesSeconds: call.takesSeconds }),
    arrange: ({ fails, identity }) =>
      fails({
        ...action,
        operation: call.operation,
        accessKeyId: identity.accessKeyId,
        ...(times === undefined ? {} : { times }),
        ...(forMs === undefined ? {} : { forMs }),
      }),
    expected: expectedOf(call, trouble),
  };
}

function expectedOf(call: CallOf, trouble: Trouble): Expected {
  const { notes = 0, left = [], slackSeconds = 0 } = call;
  const heals = trouble.longestSeconds <= 20;
  return passes(trouble.longestSeconds + slackSeconds, {
    notes: heals && call.id === "remove" ? 0 : notes,
    left: heals ? [] : left,
  });
}

/** AWS stays away, or refuses. */
export const deniedFaults: Fault[] = [
  {
    id: "send-denied",
    fault: "ssm:SendCommand is denied",
    arrange: ({ aws }) => void aws.faults.deniedActions.add("ssm:SendCommand"),
    expected: {
      happens: "does not begin; the line names action, resource and reason",
      exit: 77,
      codeWord: "access-denied",
      says: [/ssm:SendCommand/, /service control policy/],
      never: [/may be running/],
      runs: 0,
      longestSeconds: 10,
    },
  },
  {
    id: "poll-denied",
    fault: "ssm:GetCommandInvocation is denied",
    arrange: ({ aws }) =>
      void aws.faults.deniedActions.add("ssm:GetCommandInvocation"),
    expected: {
      happens: "can't be followed; the line names the action",
      exit: 77,
      codeWord: "access-denied",
      says: [/ssm:GetCommandInvocation/],
      // of what a copy left beside its destination
      notes: 1,
      runs: "0 or 1",
      left: ["command", "node file"],
      longestSeconds: 20,
    },
  },
  {
    id: "send-lost-search-denied",
    fault:
      "the answer to SendCommand is lost, and ssm:ListCommands, which would tell, is denied",
    arrange: ({ aws, fails }) => {
      fails({
        kind: "lost",
        when: "after",
        operation: "SendCommand",
        times: 1,
      });
      aws.faults.deniedActions.add("ssm:ListCommands");
    },
    expected: {
      happens: "is not sent again; the line says that it may be running",
      exit: 77,
      codeWord: "access-denied",
      says: [/ssm:ListCommands/, /may be running/],
      runs: "0 or 1",
      left: ["command", "node file", "object"],
      longestSeconds: 30,
    },
  },
  {
    id: "send-lost-search-refused",
    fault:
      "the answer to SendCommand is lost, and the keys are no longer accepted when ListCommands is asked",
    arrange: ({ fails }) =>
      fails(
        { kind: "lost", when: "after", operation: "SendCommand", times: 1 },
        {
          kind: "error",
          code: "UnrecognizedClientException",
          operation: "ListCommands",
        },
      ),
    expected: {
      happens: "is not sent again; the line says that it may be running",
      exit: [75, 77],
      codeWord: "aws-silent|credentials-invalid",
      says: [/may be running/],
      // of what a copy may have left
      notes: 2,
      runs: "0 or 1",
      left: ["command", "node file", "object"],
      longestSeconds: 60,
    },
  },
  {
    id: "send-lost-search-throttled",
    fault:
      "the answer to SendCommand is lost, and ListCommands throttled for 20 s",
    arrange: ({ fails }) =>
      fails(
        { kind: "lost", when: "after", operation: "SendCommand", times: 1 },
        {
          kind: "error",
          code: "ThrottlingException",
          operation: "ListCommands",
          forMs: 20_000,
        },
      ),
    expected: passes(50),
  },
  {
    id: "send-lost-search-late",
    fault:
      "the answer to SendCommand is lost, and lists show commands 3 s late",
    arrange: ({ aws, fails }) => {
      fails({
        kind: "lost",
        when: "after",
        operation: "SendCommand",
        times: 1,
      });
      aws.faults.visibility.listsAfterMs = 3_000;
    },
    expected: passes(30),
  },
  {
    id: "shown-late",
    fault: "AWS shows a new command 3 s late",
    arrange: ({ aws }) => {
      aws.faults.visibility.invocationsAfterMs = 3_000;
    },
    expected: passes(40),
  },
  {
    id: "ssm-throttled-for-good",
    fault: "SendCommand is throttled for good, delivery timeout 30 s",
    arrange: ({ fails, set }) => {
      set({ "ssm-delivery-timeout": "30", "ssm-execution-timeout": "5" });
      fails({
        kind: "error",
        code: "ThrottlingException",
        operation: "SendCommand",
      });
    },
    expected: {
      happens: "does not begin",
      exit: 75,
      codeWord: "aws-throttled",
      says: [/ssm:SendCommand/],
      never: [/may be running/],
      runs: 0,
      longestSeconds: 75,
    },
  },
  {
    id: "ssm-failing-for-good",
    fault: "Systems Manager answers 500 to everything, delivery timeout 30 s",
    arrange: ({ fails, set }) => {
      set({ "ssm-delivery-timeout": "30", "ssm-execution-timeout": "5" });
      fails({
        kind: "error",
        code: "InternalServerError",
        status: 500,
        service: "ssm",
      });
    },
    expected: {
      happens: "gives up; AWS never told whether it was accepted",
      exit: 75,
      codeWord: "aws-failing",
      says: [/may be running/],
      // of what a copy may have left
      notes: 1,
      runs: 0,
      longestSeconds: 75,
    },
  },
  {
    id: "aws-silent-for-good",
    fault: "AWS accepts every connection and never answers",
    arrange: ({ fails }) => fails({ kind: "silent", when: "before" }),
    expected: (pipeline) => ({
      happens: "gives up after a minute",
      exit: 75,
      codeWord: "aws-silent",
      // the copier's first call is an upload: no command was sent
      ...(pipeline === "copier"
        ? { never: [/may be running/], notes: 1 }
        : { says: [/may be running/] }),
      runs: 0,
      // a copy then waits 20 s for the removal of what it may have left in the bucket
      longestSeconds: 85,
    }),
  },
  {
    id: "aws-silent-after-effect",
    fault: "AWS does what it is asked and never answers",
    arrange: ({ fails }) =>
      fails({ kind: "silent", when: "after", service: "ssm" }),
    expected: {
      happens: "gives up after a minute; the line says that it may be running",
      exit: 75,
      codeWord: "aws-silent",
      says: [/may be running/],
      runs: "0 or 1",
      left: ["command", "node file", "object"],
      notes: 2,
      longestSeconds: 85,
    },
  },
  {
    id: "document-unknown",
    fault: "ssm-document-name names a document that does not exist",
    pipelines: ["executor", "output"],
    arrange: ({ set }) => set({ "document-name": "Our-Shell" }),
    expected: refused(78, "setting-invalid", [
      /Our-Shell/,
      /ssm-document-name/,
    ]),
  },
  {
    id: "unknown-refusal",
    fault: "AWS refuses with an error that nobody here knows",
    arrange: ({ fails }) =>
      fails({
        kind: "error",
        code: "UnsupportedFeatureRequiredException",
        message: "This feature is not for you",
        operation: "SendCommand",
      }),
    expected: {
      happens: "does not begin; the line says what AWS said",
      exit: 78,
      codeWord: "aws-refused",
      says: [/UnsupportedFeatureRequiredException/],
      never: [/may be running/, /defect/],
      runs: 0,
      longestSeconds: 10,
    },
  },
];
