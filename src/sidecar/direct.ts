/** Thrown before anything is sent: this run needs a process of its own. */
export class DirectWanted extends Error {
  constructor() {
    super("this run needs a process of its own");
  }
}
