import { AwsFault } from "../protocol.ts";
import type { Instance } from "./instance.ts";

/** `Filter.1.Name=tag:Env&Filter.1.Value.1=prod`. */
export type Filter = { name: string; values: string[] };

/** Source: EC2 API reference, "Resource filtering". */
export const mostFilterValues = 200;

export function readFilters(form: URLSearchParams): Filter[] {
  const filters = numbered(form, "Filter").map((at) => ({
    name: form.get(`${at}.Name`) ?? "",
    values: numbered(form, `${at}.Value`).map((value) => form.get(value) ?? ""),
  }));
  for (const { name, values } of filters) {
    if (name === "") throw missing("Filter.Name");
    if (values.length > mostFilterValues)
      throw new AwsFault(
        "FilterLimitExceeded",
        `The maximum number of filter values specified on a single call is ${mostFilterValues}`,
      );
  }
  return filters;
}

/** The texts of a list: `InstanceId.1`, `InstanceId.2`, … */
export function readList(form: URLSearchParams, name: string): string[] {
  return numbered(form, name).map((key) => form.get(key) ?? "");
}

/** `Filter.1`, `Filter.2`, … in their order, each once. */
function numbered(form: URLSearchParams, name: string): string[] {
  const numbers = [...form.keys()].flatMap((key) => {
    if (!key.startsWith(`${name}.`)) return [];
    const number = /^\d+/.exec(key.slice(name.length + 1))?.[0];
    return number === undefined ? [] : [Number(number)];
  });
  return [...new Set(numbers)]
    .toSorted((a, b) => a - b)
    .map((number) => `${name}.${number}`);
}

function missing(name: string): AwsFault {
  return new AwsFault(
    "MissingParameter",
    `The request must contain the parameter ${name}`,
  );
}

/** Every filter has to match; of a filter's values, one. */
export function matchesAll(filters: Filter[], instance: Instance): boolean {
  return filters.every(({ name, values }) => {
    const found = valuesOf(name, instance);
    return found.some((text) => values.some((it) => matchesText(it, text)));
  });
}

/** Case counts; `*` is any run of characters, `?` one, and a backslash makes them ordinary. */
export function matchesText(pattern: string, text: string): boolean {
  const source = pattern.replace(/\\?[\s\S]/g, (token) => {
    if (token === "*") return "[\\s\\S]*";
    if (token === "?") return "[\\s\\S]";
    const literal = token.length > 1 ? token.slice(1) : token;
    return literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`).test(text);
}

/** What a machine has under a filter's name. Source: EC2 API reference, DescribeInstances. */
function valuesOf(name: string, instance: Instance): string[] {
  if (name.startsWith("tag:")) return present(instance.tags[name.slice(4)]);
  const read = fields[name];
  if (!read)
    throw new AwsFault(
      "InvalidParameterValue",
      `The filter '${name}' is invalid`,
    );
  return present(read(instance));
}

const fields: Record<string, (it: Instance) => string | string[] | undefined> =
  {
    "tag-key": (it) => Object.keys(it.tags),
    "instance-id": (it) => it.instanceId,
    "instance-state-name": (it) => it.state,
    "instance-type": (it) => it.instanceType,
    "availability-zone": (it) => it.availabilityZone,
    "image-id": (it) => it.imageId,
    "vpc-id": (it) => it.vpcId,
    "subnet-id": (it) => it.subnetId,
    "private-ip-address": (it) => it.privateIp,
    "private-dns-name": (it) => it.privateDnsName,
    "ip-address": (it) => it.publicIp,
    "dns-name": (it) => it.publicDnsName,
    architecture: (it) => it.architecture,
    platform: (it) => (it.platform === "windows" ? "windows" : undefined),
    "iam-instance-profile.arn": (it) => it.profileArn,
    "owner-id": (it) => it.account,
  };

function present(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}
