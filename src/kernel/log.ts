/** What we have to say to the user, on stderr. stdout is the remote command's. */
export type Log = {
  /** A fallback or a warning, `rundeck-ssm: note: …`. The same text is shown once. */
  note(text: string): void;
  /** A line for whoever has asked Rundeck for its DEBUG level. Absent otherwise: nothing is composed that nobody reads. */
  debug?: Tell;
};

type Tell = (text: string) => void;
