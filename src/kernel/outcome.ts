/** How a remote command ended, as Rundeck's user has to see it. */
export type Outcome =
  | { kind: "exited"; exitCode: number }
  | { kind: "execution-timeout"; afterSeconds: number }
  | { kind: "delivery-timeout"; afterSeconds: number }
  /** `by`: Rundeck (a killed job) or somebody else, in AWS's console or API. */
  | { kind: "cancelled"; by: "rundeck" | "aws" };
