import { doctorStepName } from "../rundeck/naming.ts";

/**
 * The node step that runs the doctor, as plugin.yaml has it. It looks at what commands and copies are set to; its own fields are what
 * Rundeck tells, or opens, for those alone. Source: Rundeck Plugin Developer Guide, "Script plugins".
 */
export function composeDoctorStep(keyStorage: object) {
  return {
    name: doctorStepName,
    service: "WorkflowNodeStep",
    "plugin-type": "script",
    "script-interpreter": "bash -p",
    "script-file": `${doctorStepName}.sh`,
    "plugin-meta": { faicon: "stethoscope" },
    title: "AWS / SSM / Doctor",
    description:
      "Looks for what keeps commands and copies from the node, and says what to do",
    config: [
      roundTrip,
      ...fields.map(({ isSecret, ...field }) => ({
        ...field,
        required: false,
        type: "String",
        scope: "Instance",
        ...(isSecret ? { renderingOptions: keyStorage } : {}),
      })),
    ],
  };
}

const roundTrip = {
  name: "run",
  title: "Round Trip",
  description:
    "Whether to run a command on the node, too. Empty: nothing has an effect.",
  required: false,
  type: "Select",
  values: "true,false",
  labels: { true: "Run a command on the node", false: "Only look" },
  scope: "InstanceOnly",
};

const fields = [
  {
    name: "ssm-accessKeyId",
    title: "Access Key ID",
    description:
      "The same as of the node executor, where that has a key from Key Storage: Rundeck opens it for commands alone. Empty: the credentials that the settings name otherwise.",
    isSecret: false,
  },
  {
    name: "ssm-secretKey",
    title: "Secret Key",
    description: "The Key Storage path of its secret.",
    isSecret: true,
  },
  {
    name: "ssm-rundeck-token",
    title: "Rundeck API Token",
    description:
      "The Key Storage path of a token that may read the project's configuration: Rundeck tells a step nothing of it where the project is in its database. Empty: only the node's attributes and what files say count.",
    isSecret: true,
  },
  {
    name: "ssm-rundeck-url",
    title: "Rundeck URL",
    description: "Where Rundeck is asked. Empty: the server's own URL.",
    isSecret: false,
  },
];
