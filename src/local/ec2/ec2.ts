import { AwsFault, type Call } from "../protocol.ts";
import { element, xmlDocument, type XmlContent } from "../s3/xml.ts";
import { matchesAll, matchesText, readFilters, readList } from "./filters.ts";
import type { Instance, InstanceState } from "./instance.ts";
import { viewReservation } from "./view.ts";

export type Ec2 = {
  /** Answers the XML document. */
  handle(form: URLSearchParams, call: Call): string;
};

export type Ec2State = {
  instances: ReadonlyMap<string, Instance>;
  /** Regions that the account may use. */
  regions: ReadonlySet<string>;
  /** Whether the node that runs on a machine was terminated by its own means. */
  isTerminated(instanceId: string): boolean;
};

const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";

/** EC2, as far as it tells of machines and regions. Source: EC2 API reference, 2016-11-15. */
export function createEc2(state: Ec2State): Ec2 {
  return {
    handle: (form, call) => {
      const operation = form.get("Action") ?? "";
      switch (operation) {
        case "DescribeInstances":
          return answer(operation, describeInstances(state, form, call), call);
        case "DescribeRegions":
          return answer(operation, describeRegions(state, form, call), call);
        default:
          throw new AwsFault(
            "InvalidAction",
            `The action ${operation} is not valid for this web service.`,
          );
      }
    },
  };
}

function describeInstances(
  state: Ec2State,
  form: URLSearchParams,
  call: Call,
): { [name: string]: XmlContent } {
  const ids = readList(form, "InstanceId");
  const filters = readFilters(form);
  const size = readSize(form, ids);
  call.authorize("ec2:DescribeInstances", "*");
  const own = [...state.instances.values()].filter(
    (it) => it.account === call.caller.account && it.region === call.region,
  );
  refuseUnknown(ids, own);
  const found = own
    .map((it) => ({ ...it, state: stateOf(state, it) }))
    .filter((it) => ids.length === 0 || ids.includes(it.instanceId))
    .filter((it) => matchesAll(filters, it));
  const from = readToken(form);
  const page = found.slice(from, from + size);
  const isLast = from + size >= found.length;
  return {
    reservationSet: {
      item: page.map((it) => viewReservation(it, it.state)),
    },
    ...(isLast ? {} : { nextToken: tokenOf(from + size) }),
  };
}

function stateOf(state: Ec2State, instance: Instance): InstanceState {
  return state.isTerminated(instance.instanceId)
    ? "terminated"
    : instance.state;
}

/** Without a size all are on one page. */
function readSize(form: URLSearchParams, ids: string[]): number {
  const text = form.get("MaxResults");
  if (text === null) return Infinity;
  if (ids.length > 0)
    throw new AwsFault(
      "InvalidParameterCombination",
      "The parameter instancesSet cannot be used with the parameter maxResults",
    );
  const size = Number(text);
  if (Number.isInteger(size) && size >= 5 && size <= 1_000) return size;
  throw new AwsFault(
    "InvalidParameterValue",
    `Value ( ${text} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`,
  );
}

function readToken(form: URLSearchParams): number {
  const token = form.get("NextToken");
  if (token === null) return 0;
  const [word, position] = Buffer.from(token, "base64url")
    .toString()
    .split(" ");
  if (word === "from" && /^\d+$/.test(position ?? "")) return Number(position);
  throw new AwsFault(
    "InvalidParameterValue",
    "Value for parameter nextToken is invalid.",
  );
}

function tokenOf(position: number): string {
  return Buffer.from(`from ${position}`).toString("base64url");
}

function refuseUnknown(ids: string[], own: Instance[]): void {
  const malformed = ids.find((id) => !/^i-(?:\w{8}|\w{17})$/.test(id));
  if (malformed !== undefined)
    throw new AwsFault(
      "InvalidInstanceID.Malformed",
      `Invalid id: "${malformed}"`,
    );
  const unknown = ids.filter((id) => !own.some((it) => it.instanceId === id));
  if (unknown.length === 0) return;
  const one = unknown.length === 1;
  throw new AwsFault(
    "InvalidInstanceID.NotFound",
    `The instance ID${one ? "" : "s"} '${unknown.join(", ")}' do${one ? "es" : ""} not exist`,
  );
}

function describeRegions(
  { regions }: Ec2State,
  form: URLSearchParams,
  call: Call,
): { [name: string]: XmlContent } {
  const names = readList(form, "RegionName");
  const filters = readFilters(form);
  call.authorize("ec2:DescribeRegions", "*");
  const unknown = names.filter((name) => !regions.has(name));
  if (unknown.length > 0)
    throw new AwsFault(
      "InvalidParameterValue",
      `Invalid region names: ${unknown.join(", ")}`,
    );
  const found = [...regions]
    .filter((name) => names.length === 0 || names.includes(name))
    .map((name) => ({
      regionName: name,
      regionEndpoint: `ec2.${name}.amazonaws.com`,
      optInStatus: "opt-in-not-required",
    }))
    .filter((region) =>
      filters.every(({ name, values }) =>
        values.some((it) => matchesText(it, fieldOf(region, name))),
      ),
    );
  return { regionInfo: { item: found } };
}

function fieldOf(
  region: { regionName: string; regionEndpoint: string; optInStatus: string },
  filter: string,
): string {
  switch (filter) {
    case "region-name":
      return region.regionName;
    case "endpoint":
      return region.regionEndpoint;
    case "opt-in-status":
      return region.optInStatus;
    default:
      throw new AwsFault(
        "InvalidParameterValue",
        `The filter '${filter}' is invalid`,
      );
  }
}

function answer(
  operation: string,
  result: { [name: string]: XmlContent },
  call: Call,
): string {
  return xmlDocument(
    element(`${operation}Response xmlns="${namespace}"`, {
      requestId: call.requestId,
      ...result,
    }),
  );
}
