/** A policy as IAM, S3 and KMS read it. */
export type PolicyDocument = {
  Version: "2012-10-17";
  Statement: Statement[];
};

export type Statement = {
  Sid: string;
  Effect: "Allow";
  Principal?: { AWS: string };
  Action: OneOrMore;
  Resource?: OneOrMore;
  Condition?: Condition;
};

export type OneOrMore = string | string[];

/** Operator → condition key → values. */
export type Condition = Record<string, Record<string, OneOrMore>>;

/** A list of one is written as the one. */
export function oneOrMore(values: readonly string[]): OneOrMore {
  const [first, ...others] = values;
  return first !== undefined && others.length === 0 ? first : [...values];
}
