import { AwsFault, type PolicyStatement } from "../protocol.ts";
import { matchesPattern } from "./pattern.ts";

type Condition = NonNullable<PolicyStatement["Condition"]>;

/** Of IAM's operators those that policies here use. A key that the request does not have satisfies none of them. */
const operators: Readonly<
  Record<string, (wanted: string, present: string) => boolean>
> = {
  StringEquals: (wanted, present) => wanted === present,
  StringLike: matchesPattern,
  Bool: (wanted, present) => wanted.toLowerCase() === present.toLowerCase(),
};

/**
 * Whether a condition holds: all its operators and keys, each by one of its values. Names of keys are compared without regard to case.
 * Throws what IAM says of a policy with an operator that it does not know. Source: IAM User Guide, "Multiple context keys or values".
 */
export function holds(
  condition: Condition,
  keys: Readonly<Record<string, string>>,
): boolean {
  const present = new Map(
    Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return Object.entries(condition).every(([operator, wanted]) => {
    const matches = operators[operator];
    if (!matches)
      throw new AwsFault(
        "MalformedPolicyDocument",
        `Invalid Condition type : ${operator}.`,
      );
    return Object.entries(wanted).every(([name, values]) => {
      const value = present.get(name.toLowerCase());
      return (
        value !== undefined &&
        [values].flat().some((one) => matches(one, value))
      );
    });
  });
}
