import { AwsFault, type Call } from "../protocol.ts";
import type { Input } from "./input.ts";
import type { SsmState } from "./state.ts";
import { epochSeconds } from "./views.ts";

/** The role that nodes without an instance profile are managed with; `$None` where nobody has set up Default Host Management. */
export const hostManagementSetting =
  "/ssm/managed-instance/default-ec2-instance-management-role";

/** Source: Systems Manager API reference, GetServiceSetting, ResetServiceSetting. */
export function getServiceSetting(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const id = input.requiredText("SettingId", { min: 1, max: 1_000 });
  input.finish();
  const arn = `arn:aws:ssm:${call.region}:${call.caller.account}:servicesetting${id}`;
  call.authorize("ssm:GetServiceSetting", arn);
  if (id !== hostManagementSetting)
    throw new AwsFault(
      "ServiceSettingNotFound",
      `The specified service setting ${id} was not found.`,
    );
  const role = state.hostManagementRole;
  return {
    ServiceSetting: {
      SettingId: id,
      SettingValue: role ?? "$None",
      LastModifiedDate: epochSeconds(state.clock.now()),
      LastModifiedUser: "System",
      ARN: arn,
      Status: role === undefined ? "Default" : "Customized",
    },
  };
}
