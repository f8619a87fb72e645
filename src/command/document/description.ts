/** A document's parameter, as AWS describes it. */
export type ParameterDescription = {
  /** `String`, `StringList`, `StringMap`, `MapList`, `Boolean`, `Integer`. */
  type: string;
  isRequired: boolean;
  allowedValues?: readonly string[];
  allowedPattern?: string;
};

/** What is known of a document before it is sent. */
export type DocumentDescription = {
  /** `Command`, `Automation`, … */
  type: string;
  /** `Linux`, `Windows`, `MacOS`. */
  platforms: readonly string[];
  parameters: ReadonlyMap<string, ParameterDescription>;
};
