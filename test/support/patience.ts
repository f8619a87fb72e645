/**
 * How much longer than the product promises something may take beside whatever else a machine does. The promises themselves are tested on a
 * virtual clock; where a real one is read, it is to find what waits for something that does not come, or for something else.
 */
export const machineMs = 15_000;
