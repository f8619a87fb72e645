/** What `rundeck-ssm help` prints. */
export const helpText = `rundeck-ssm: commands on machines through AWS Systems Manager, as Rundeck's plugin runs them

  rundeck-ssm exec --instance ID --region REGION [--SETTING VALUE]… -- COMMAND
      runs a command and ends with its exit code
  rundeck-ssm copy --instance ID --region REGION [--SETTING VALUE]… FILE DESTINATION
      copies a file, verifies it, and prints where it is
  rundeck-ssm local [--port P] [--nodes N] [--bucket NAME] [--log-group NAME] [--tps N]
      a local AWS (Run Command, S3, CloudWatch Logs, STS) whose nodes really run commands here
  rundeck-ssm --version
  rundeck-ssm help

Settings are the plugin's, by the same names: --ssm-profile, --ssm-execution-timeout, --ssm-run-as, …
Credentials come from the settings, or from where every AWS client takes them.
`;
