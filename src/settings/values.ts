import * as z from "zod/mini";
import { parsePatterns } from "./pass-variables.ts";

/** The forms that a setting's text may have. Each message completes "… is "x": it must be". */

const controlCharacter = /\p{Cc}/u;

export const text = z
  .string()
  .check(
    z.refine((value) => !controlCharacter.test(value), "a single line of text"),
  );

function matching(pattern: RegExp, form: string) {
  return z.string().check(z.regex(pattern, form));
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(unit: string, min: number, max: number) {
  const form = `a whole number of ${unit} from ${min} to ${max}`;
  return z.pipe(
    matching(/^\d{1,15}$/, form),
    z.pipe(
      z.transform(Number),
      z.number().check(z.minimum(min, form), z.maximum(max, form)),
    ),
  );
}

/** Rundeck hands a Boolean over as somebody typed it. */
export const flag = z.pipe(
  matching(
    /^(?:true|false|yes|no|on|off|1|0)$/i,
    "true or false (also yes or no, on or off, 1 or 0)",
  ),
  z.transform((value) => /^(?:true|yes|on|1)$/i.test(value)),
);

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
) {
  return z.pipe(
    z.pipe(
      z.string(),
      z.transform((value) => value.toLowerCase()),
    ),
    z.enum(values, `one of: ${values.join(", ")}`),
  );
}

export const httpUrl = z
  .string()
  .check(z.refine(isHttpUrl, "a URL that begins with http:// or https://"));

function isHttpUrl(value: string): boolean {
  return (
    /^https?:\/\/[^\s/]/i.test(value) &&
    URL.canParse(value) &&
    !controlCharacter.test(value)
  );
}

/** node_exporter's textfile collector reads no other names; nor can a setting name any other kind of file of the server's. */
export const metricsFile = matching(
  /^\/[^\p{Cc}]*[^\p{Cc}/]\.prom$/u,
  "an absolute path that ends in .prom",
);

/** Source: Systems Manager API, InstanceId; EC2's short ids are eight digits long. */
export const instanceId = matching(
  /^(?:i-(?:[0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/,
  "an instance id: i- with 8 or 17 hexadecimal digits, or mi- with 17",
);

export const region = matching(
  /^[a-z]{2,}(?:-[a-z]+)+-\d+$/,
  "an AWS region such as eu-west-1",
);

/** Source: STS API, AssumeRole. The partition is aws, aws-cn, aws-us-gov, aws-iso… */
export const roleArn = matching(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  "a role's ARN: arn:aws:iam::123456789012:role/NAME",
);
export const externalId = matching(
  /^[\w+=,.@:/-]{2,1224}$/,
  "2 to 1224 letters, digits or any of _+=,.@:/-",
);
export const accessKeyId = matching(
  /^\w{1,128}$/,
  "an access key id, letters and digits only",
);

/** Its text is a secret: no message may quote it. */
export const secretText = matching(
  /^[^\s\p{Cc}]+$/u,
  "one line without blanks; look at what is stored at its Key Storage path",
);

/** Source: Systems Manager API, SendCommand, DocumentName. */
export const documentName = matching(
  /^[a-zA-Z0-9_\-.:/]{3,128}$/,
  "a document's name or ARN, 3 to 128 letters, digits or any of _-.:/",
);
/** Source: CloudWatch Logs API, logGroupName. */
export const logGroup = matching(
  /^[.\-_/#A-Za-z0-9]{1,512}$/,
  "a log group's name, letters, digits or any of .-_/#",
);
/** Wide enough for the old buckets of us-east-1. */
export const bucket = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/,
  "a bucket's name alone, 3 to 63 characters, without s3:// and path",
);
export const kmsKey = matching(
  /^[A-Za-z0-9:/_-]{1,2048}$/,
  "a KMS key's id, ARN or alias",
);

/** Slashes at its ends go: the planner puts its own between prefix and object name. */
export const keyPrefix = z.pipe(
  z.pipe(
    text,
    z.transform((value) => value.replace(/^\/+|\/+$/g, "")),
  ),
  z.string().check(z.maxLength(512, "at most 512 characters")),
);

export const fileMode = z.pipe(
  matching(/^[0-7]{3,4}$/, "an octal file mode such as 0600"),
  z.transform((value) => value.padStart(4, "0")),
);

export const patterns = z.pipe(
  z.pipe(z.string(), z.transform(parsePatterns)),
  z.array(
    z
      .string()
      .check(
        z.regex(
          /^RD_(?!(?:CONFIG|PRIVATE|SECUREOPTION|PLUGIN|NODEEXECUTOR|FILECOPIER)_)[\w*?]+$/,
          "names of RD_ variables, * and ? allowed, separated by commas or blanks; never RD_CONFIG_, RD_PRIVATE_, RD_SECUREOPTION_ or RD_PLUGIN_",
        ),
      ),
  ),
);
