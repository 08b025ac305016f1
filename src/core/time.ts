/** Epoch milliseconds, UTC. */
export type Millis = number;
