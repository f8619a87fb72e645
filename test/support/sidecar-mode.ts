/** Whether the executions of a test share a sidecar: not, unless RUNDECK_SSM_TEST_SIDECAR=auto asks for it. */
export function sidecarMode(): Record<string, string> {
  const { RUNDECK_SSM_TEST_SIDECAR = "off" } = process.env;
  return { RUNDECK_SSM_SIDECAR: RUNDECK_SSM_TEST_SIDECAR };
}
