/** Epoch milliseconds, UTC. */
export type Millis = number;

export const dayMillis: Millis = 86_400_000;

/** Ten years, in seconds. No run waits or works longer, and one that claims to would distort the sum of a histogram for ever. */
export const plausibleSecondsMax = 10 * 366 * 24 * 3600;
