/** Epoch milliseconds, UTC. */
export type Millis = number;

export const dayMillis: Millis = 86_400_000;

/** Ten years, in seconds. A longer duration or queue time is wrong, and would distort the sum of a histogram for ever. */
export const plausibleSecondsMax = 10 * 366 * 24 * 3600;
