import { documentStepName } from "../rundeck/naming.ts";
import { keyStorageOptions } from "./key-storage.ts";
import { recordOf, type SettingName } from "./schema.ts";
import {
  documentFields,
  stepProviderSettings,
  stepSettings,
  type DocumentField,
} from "./step.ts";

/** How a setting reads in a form, and what a form makes of it. */
export type SettingField = {
  title: string;
  description: string;
  type: string;
  values?: string;
  labels?: Readonly<Record<string, string>> | undefined;
};

/**
 * The document step as plugin.yaml has it. Its form has what is run; the settings behind it are properties of the project and the
 * framework, which no job can change. Source: Rundeck Plugin Developer Guide, "Script plugins"; rundeck-core, AbstractDescribableScriptPlugin.
 */
export function composeStep(fieldOf: (name: SettingName) => SettingField) {
  return {
    name: documentStepName,
    service: "WorkflowNodeStep",
    "plugin-type": "script",
    "script-interpreter": "bash -p",
    "script-file": `${documentStepName}.sh`,
    "plugin-meta": { faicon: "cloud" },
    config: [
      ...fieldNames.map(composeField),
      ...stepSettings.map((name) => ({
        name,
        ...fieldOf(name),
        required: false,
        scope: "InstanceOnly",
        renderingOptions: { groupName: "Run", grouping: "secondary" },
      })),
      ...stepProviderSettings.map((name) => ({
        name,
        ...fieldOf(name),
        required: false,
        // the job's form leaves it out
        scope: "Project",
        ...(recordOf(name).isSecret
          ? { renderingOptions: { ...keyStorageOptions } }
          : {}),
      })),
    ],
  };
}

const fieldNames: readonly DocumentField[] = [
  "document",
  "parameters",
  "document-version",
  "comment",
];

function composeField(name: DocumentField) {
  const { title, text } = documentFields[name];
  return {
    name,
    title,
    description: text,
    required: name === "document",
    type: "String",
    scope: "InstanceOnly",
    // from 6.1 on; older servers leave out what has no value
    blankIfUnexpandable: false,
    ...(name === "parameters" ? { renderingOptions: yamlOptions } : {}),
  };
}

const yamlOptions = {
  displayType: "CODE",
  codeSyntaxMode: "yaml",
  codeSyntaxSelectable: "false",
};
