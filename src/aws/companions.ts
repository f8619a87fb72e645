import type { Subject } from "../kernel/errors.ts";

/** What goes with each call: what ends it, and whom it is for. */
export type Call = {
  signal: AbortSignal;
  subject: Subject;
  /** Ends it, too, for as long as nothing can have been written: its reason is thrown then. */
  early?: AbortSignal;
  /** Called when the request may have been written, however it ends. */
  onSent?: () => void;
  /** Called when the request is about to be made, where it had to wait for its turn. */
  onTurn?: () => void;
  /** Told of each request, what it was and how long it took; absent where nobody has asked for that. */
  debug?: (text: string) => void;
  /** Where many share a client: who waits for its turn. */
  requester?: Requester;
};

/** A run, as far as its place in a queue depends on it. */
export type Requester = {
  project: string;
  /** The execution that it is part of. */
  job: string;
  /** It has been killed: what is left to do for it comes first. */
  isUrgent: () => boolean;
};
