import type { Subject } from "../kernel/errors.ts";
import type { Journey } from "./transport.ts";

/** What a call was about, for its error's one line. */
export type CallContext = {
  /** IAM's name of the action, `ssm:SendCommand`. */
  action: string;
  subject: Subject;
  journey: Journey;
  /** What the call was about, by the setting that names it; with a value where it may come from none: "AWS-RunShellScript". */
  about?: { setting: string; value?: string };
  /** The setting or variable that the endpoint comes from; absent: AWS's own. */
  endpointFrom?: string;
  /** Where AWS was asked. */
  region?: string;
};
