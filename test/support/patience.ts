/**
 * How much longer than the product promises something may take beside whatever else a machine does. The promises themselves are tested on a
 * virtual clock; where a real one is read, it is to find what waits for something that does not come, or for something else.
 */
export const machineMs = 15_000;

/** Of a server, in ms. Node's five seconds would close a connection under a client that a busy machine has held up. */
export const keepAliveTimeout = 75_000;
