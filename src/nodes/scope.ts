/** What is asked as one: a region, by one identity. */
export type Scope = {
  region: string;
  /** The role that is assumed; absent: the credentials themselves. */
  roleArn?: string;
};

/** "region eu-west-1, role arn:…", as messages begin. */
export function describeScope({ region, roleArn }: Scope): string {
  return roleArn === undefined
    ? `region ${region}`
    : `region ${region}, role ${roleArn}`;
}

/** The account that a role belongs to. */
export function accountOfRole(roleArn: string): string | undefined {
  return /^arn:[^:]+:iam::(\d{12}):/.exec(roleArn)?.[1];
}
