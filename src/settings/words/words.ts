/** What users read of a setting, in Rundeck's form, in docs/settings.md and in the help. Apart from its record, so that no run has to load it. */
export type Words = {
  /** The fold of Rundeck's form that it is in, unless it is one of the form's first fields. */
  group: string;
  /** What Rundeck's form calls it; what Rundeck Enterprise's plugins have is called as there. */
  title: string;
  /** What it is, in one sentence: the line that the form shows. */
  text: string;
  /** What counts where it is set nowhere, as the end of a sentence; a default tells it by itself. */
  empty?: string;
  /** Further sentences, which the form folds away. */
  more?: string;
  /** What the form calls the values to choose from. */
  labels?: Readonly<Record<string, string>>;
};

export const keyStorage =
  "A Key Storage path; Rundeck opens it from a plugin property or a node attribute alone.";

export const yesOrNo = { true: "Yes", false: "No" } as const;
