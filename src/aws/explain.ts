import type { Failure } from "../kernel/failure.ts";
import type { CallContext } from "./call-context.ts";
import { explainNetwork, explainStranger } from "./explain-network.ts";

/** The one line for a failure, node first. It takes nothing of AWS's text but what names a principal, an action, a resource, a reason or a field. */
export function explain(
  failure: Failure,
  message: string,
  context: CallContext,
): string {
  return `${context.subject.target}: ${explainFailure(failure, message, context)}`;
}

function explainFailure(
  failure: Failure,
  message: string,
  context: CallContext,
): string {
  switch (failure.whose) {
    case "network":
      return explainNetwork(failure, context);
    case "other-server":
      return explainStranger(failure, context);
    case "credentials":
      return `${refusedCredentials(failure.name)} (${context.action})`;
    case "settings":
      return explainSettings(failure.name, message, context);
    case "aws":
      return explainAnswer(failure, message, context);
  }
}

function explainAnswer(
  failure: Failure,
  message: string,
  context: CallContext,
): string {
  const { name, heals, denied } = failure;
  const { action } = context;
  if (heals === "rate")
    return `AWS throttled ${action} (${name}) until there was no time left; lower the job's thread count or ask AWS for a higher rate`;
  if (heals === "soon")
    return `AWS failed to answer ${action} (${name}) until there was no time left`;
  if (denied) return explainDenial(name, message, context);
  if (name === "InvalidInstanceId")
    return `AWS says InvalidInstanceId: no managed node of that id takes commands in this region and account; check instanceId and region, that the instance runs, and that its SSM agent is online with an instance role (AmazonSSMManagedInstanceCore)`;
  return `AWS refused ${action} with ${name}${aboutWords(context)}${fieldOf(message)}`;
}

/** What is passed beside a command is a part of it. */
function passedWords({ subject }: CallContext): string {
  const passed = subject.setting("ssm-pass-variables");
  return passed === "ssm-pass-variables" ? "" : `, or pass less by ${passed}`;
}

function aboutWords({ about, subject }: CallContext): string {
  if (!about) return "";
  const { setting, value } = about;
  return value === undefined
    ? `, ${subject.setting(setting)}`
    : `, ${value}, ${subject.setting(setting)}`;
}

/** AWS's validation messages repeat the value, which may be the command, so only the field's name is taken. */
function fieldOf(message: string): string {
  const field = /at '([\w.]{1,60})'/.exec(message)?.[1];
  return field === undefined ? "" : ` at '${field}'`;
}

/** Who may not do what with what, and why, in AWS's words. Source: IAM user guide, "Troubleshoot access denied error messages". */
export function parseDenial(message: string): {
  principal?: string;
  action?: string;
  resource?: string;
  reason?: string;
} {
  const line = message.replaceAll(/\s+/g, " ");
  const group = (pattern: RegExp) => pattern.exec(line)?.[1]?.slice(0, 300);
  const principal =
    group(/User: (arn:\S+)/) ?? group(/^(arn:\S+) is not authorized/);
  const action = group(/not authorized to perform: ([\w:.*-]+)/);
  const resource = group(/on resource: "?([^\s,"]+)/);
  const reason = group(/((?:because|with an explicit deny) .+?)\.?$/);
  return {
    ...(principal === undefined ? {} : { principal }),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function explainDenial(
  name: string,
  message: string,
  context: CallContext,
): string {
  const told = parseDenial(message);
  const action = told.action ?? context.action;
  const on =
    told.resource === undefined
      ? aboutWords(context)
      : ` on resource ${told.resource}${bucketWords(context)}`;
  const to = told.principal === undefined ? "" : ` to ${told.principal}`;
  const why = told.reason === undefined ? "" : `, ${told.reason}`;
  return `AWS denied ${action}${on}${to} (${name}${why}); ${remedyOf(action, told.reason ?? "", context)}`;
}

/** A resource is a bucket's by its name alone, which may be another than was meant. */
function bucketWords({ about, subject }: CallContext): string {
  return about?.setting.endsWith("-bucket") === true
    ? `, ${subject.setting(about.setting)},`
    : "";
}

/** What a denial's reason asks for, and of whom. */
function remedyOf(
  action: string,
  reason: string,
  { subject }: CallContext,
): string {
  if (/service control polic/i.test(reason))
    return "a service control policy of the AWS organization forbids it: whoever manages that has to allow it";
  if (/resource control polic/i.test(reason))
    return "a resource control policy of the AWS organization forbids it: whoever manages that has to allow it";
  if (/permissions boundary/i.test(reason))
    return "the permissions boundary of the user or role forbids it: whoever set that has to widen it";
  if (/VPC endpoint polic/i.test(reason))
    return "the policy of the VPC endpoint forbids it: allow the action there";
  if (/session polic/i.test(reason))
    return "the policy of the session forbids it: whoever gives out the session has to allow it";
  if (action.startsWith("sts:AssumeRole"))
    return `allow sts:AssumeRole in the role's trust policy (and in that of the credentials that assume it), and compare the external id; the role is that of ${subject.setting("ssm-assume-role-arn")}`;
  if (/explicit deny/i.test(reason))
    return "remove the statement that denies it";
  if (/resource-based polic/i.test(reason))
    return "allow the action in the policy of the resource";
  return "add the action to the policy of the credentials in use";
}

function refusedCredentials(name: string): string {
  switch (name) {
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
    case "InvalidAccessKeyId":
      return `AWS does not know the access key (${name}); check ssm-accessKeyId, or whether the region must be enabled for the account`;
    case "InvalidSignatureException":
    case "SignatureDoesNotMatch":
      return `AWS refused the signature (${name}); the secret key does not belong to the access key, or this machine's clock is off by minutes`;
    case "RequestTimeTooSkewed":
    case "RequestExpired":
      return `AWS refused the time of the request (${name}); this machine's clock is off: correct it`;
    case "ExpiredTokenException":
    case "ExpiredToken":
    case "TokenRefreshRequired":
      return `the credentials have expired (${name}); renew them`;
    case "InvalidToken":
      return `AWS refused the session token (${name}); it does not belong to the access key, or to this partition: renew the credentials`;
    default:
      return `AWS refused the credentials (${name})`;
  }
}

function explainSettings(
  name: string,
  message: string,
  context: CallContext,
): string {
  const { action } = context;
  const about = aboutWords(context).replace(/^, /, "");
  switch (name) {
    case "EndpointError":
      return `there is no URL to ask for ${action} (EndpointError): ${context.endpointFrom ?? "the endpoint"} does not go with AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT, or the region has no such endpoint; remove one of them`;
    case "InvalidDocument":
    case "InvalidDocumentVersion":
      return `AWS refused ${action}: the document ${about} does not exist there or can't be used (${name})`;
    case "UnsupportedPlatformType":
      return `AWS refused ${action}: the document ${about} does not support the node's platform (${name}); set the node's osFamily (unix, windows) or ${context.about?.setting ?? "ssm-document-name"}`;
    case "MaxDocumentSizeExceeded":
      return `AWS refused ${action}: the command is too long for Run Command (${name}); put it into a script step${passedWords(context)}`;
    case "NoSuchBucket":
    case "InvalidBucketName":
      return `${context.subject.state(context.about?.setting ?? "the bucket")}: no such bucket (AWS refused ${action} with ${name})`;
    case "PermanentRedirect":
    case "AuthorizationHeaderMalformed":
      return `AWS refused ${action}: the bucket ${about} is in another region, which AWS does not tell (${name}); set the endpoint of its region`;
    case "ResourceDataSyncNotFoundException":
    case "UnsupportedOperationException":
      return `AWS refused ${action}: no list of all nodes is set up for this account in this region (${name}); set up Systems Manager's unified console, and ask in its home region`;
    case "InvalidParameters":
      return `AWS refused ${action}: the document ${about} does not take these parameters (${name}); ${context.about?.setting === "document" ? "compare them with the document's: where ssm:DescribeDocument and ssm:GetDocument are allowed, the line names the wrong one" : "a document of your own needs a parameter 'commands'"}`;
    default:
      return name.startsWith("KMS.") ||
        name === "InvalidEncryptionAlgorithmError"
        ? `AWS refused ${action}: the KMS key does not exist there or can't be used (${name}); check ${context.subject.setting("ssm-copier-kms-key")}, or the default encryption of the bucket ${about}`
        : `AWS refused ${action}: ${name}${fieldOf(message)}${aboutWords(context)}`;
  }
}
