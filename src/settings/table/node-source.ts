import * as z from "zod/mini";
import * as values from "../values.ts";
import { flag } from "../record.ts";

/** A property of the node source as the parser knows it; `node-source-form.ts` has what users read of it. */
export type SourceRecord = {
  /** The form of its value. Its message completes "… is "x": it must be". */
  form: z.core.$ZodType<unknown, string>;
  choices?: readonly string[];
  /** What counts where it is not set, as a user would write it. */
  default?: string;
  isSecret?: boolean;
};

function list<T>(each: z.ZodMiniType<T, string>) {
  return z.pipe(
    z.pipe(
      z.string(),
      z.transform((text) =>
        text
          .split(",")
          .map((item) => item.trim())
          .filter((item) => item !== ""),
      ),
    ),
    z.array(each).check(z.minLength(1)),
  );
}

/** What is behind a name's first `=` is its value. */
function splitPairs(text: string) {
  return text
    .split(";")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map((item) => {
      const at = item.indexOf("=");
      return at < 0
        ? { name: item, value: undefined }
        : { name: item.slice(0, at).trim(), value: item.slice(at + 1) };
    });
}

/** `NAME=VALUE;NAME=VALUE` */
function pairs(name: RegExp, form: string) {
  return z.pipe(
    z.pipe(z.string(), z.transform(splitPairs)),
    z.array(
      z.object({
        name: z.string().check(z.regex(name, form)),
        value: z.string(form),
      }),
    ),
  );
}

const filterForm =
  "filters NAME=VALUE with ; between them, of several values with a comma between these: tag:Env=prod,test;instance-type=t3.*";
const filters = z.pipe(
  pairs(/./, filterForm),
  z.pipe(
    z.transform((given: { name: string; value: string }[]) =>
      given.map(({ name, value }) => ({
        name,
        values: value.split(",").filter((it) => it !== ""),
      })),
    ),
    z.array(
      z.object({
        name: z.string(),
        values: z.array(z.string()).check(z.minLength(1, filterForm)),
      }),
    ),
  ),
);

/** Every property of the node source, in the order of Rundeck's form. */
export const nodeSourceProperties = {
  regions: {
    form: list(
      z
        .string()
        .check(
          z.regex(
            /^(?:all|[a-z]{2,}(?:-[a-z]+)+-\d+)$/,
            "AWS regions such as eu-west-1 with commas between them, or all",
          ),
        ),
    ),
  },
  "role-arns": { form: list(values.roleArn) },
  "list-nodes": { ...flag, default: "false" },
  filter: { form: filters },
  "include-offline": { ...flag, default: "true" },
  "node-name": { form: values.text, default: "tags/Name,instanceId" },
  "mapping-params": {
    form: pairs(
      /^[^\s=]+\.(?:selector|default)$/,
      "pairs NAME.selector=SELECTOR or NAME.default=VALUE with ; between them",
    ),
  },
  "default-attributes": {
    form: pairs(
      /^[^\s=.]+$/,
      "pairs NAME=VALUE with ; between them, names without dots and blanks",
    ),
  },
  "ssm-accessKeyId": { form: values.accessKeyId },
  "ssm-secretKey": { form: values.secretText, isSecret: true },
  "ssm-profile": { form: values.text },
  "ssm-external-id": { form: values.externalId },
  "ssm-sts-region": { form: values.region },
  "ssm-node-path": { form: values.text },
} as const satisfies Readonly<Record<string, SourceRecord>>;

export type SourceProperty = keyof typeof nodeSourceProperties;

/** The property that an option stands for, if it does: without regard to case, as with settings. */
export function findSourceProperty(option: string): string | undefined {
  const wanted = option.toLowerCase();
  return Object.keys(nodeSourceProperties).find(
    (name) => name.toLowerCase() === wanted,
  );
}
