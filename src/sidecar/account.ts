import type { CredentialChoice } from "../credentials/choose.ts";
import type { Environment } from "../rundeck/environment.ts";

/** The account whose rates requests count against, as far as that shows without asking: undefined where it does not. */
export function accountOf(
  { role, source }: CredentialChoice,
  environment: Environment,
): string | undefined {
  if (role) return accountOfArn(role.roleArn);
  if (source.kind === "keys") return accountOfKey(source.accessKeyId);
  if (source.kind !== "default" || environment["AWS_PROFILE"]) return undefined;
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"];
  if (accessKeyId && environment["AWS_SECRET_ACCESS_KEY"])
    return accountOfKey(accessKeyId);
  return accountOfArn(environment["AWS_ROLE_ARN"] ?? "");
}

function accountOfArn(arn: string): string | undefined {
  return /^arn:[\w-]+:iam::(\d{12}):/.exec(arn)?.[1];
}

/**
 * An access key's id holds its account's, in bits 1 to 40 of what its letters say in base 32; one of before 2019 holds something else, which
 * is as good for telling accounts apart. Source: "A short note on AWS KEY ID" (T. Rand, 2023).
 */
function accountOfKey(accessKeyId: string): string | undefined {
  const letters = /^A[KS]IA([A-Z2-7]{16})$/.exec(accessKeyId)?.[1];
  if (letters === undefined) return undefined;
  let bits = 0n;
  for (const letter of letters.slice(0, 10))
    bits =
      bits * 32n + BigInt("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter));
  // 50 bits: the first of the 48 that count stands for nothing, and so do the last seven
  const account = (bits >> 9n) & 0xff_ffff_ffffn;
  return account.toString().padStart(12, "0");
}
