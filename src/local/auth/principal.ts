/** Whether a principal of a policy (user, role, account id, account root, `*`) means this caller. A session of a role is that role. */
export function matchesPrincipal(
  principal: string,
  callerArn: string,
): boolean {
  if (principal === "*" || principal === callerArn) return true;
  const [, , , , account = "", resource = ""] = callerArn.split(":");
  if (principal === account || principal === `arn:aws:iam::${account}:root`)
    return true;
  const [kind, roleName] = resource.split("/");
  if (kind !== "assumed-role" || roleName === undefined) return false;
  // A session's ARN has lost the role's path.
  return (
    principal.startsWith(`arn:aws:iam::${account}:role/`) &&
    principal.endsWith(`/${roleName}`)
  );
}
