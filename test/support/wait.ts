import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks until there is an answer (neither `undefined` nor `false`), and returns it. Tests wait for what can be seen, never
 * for a time; `within` milliseconds is only when to give up, and many, because other suites may keep the machine busy.
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  what = "what was waited for",
  within = 30_000,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<Awaited<T>, undefined | false>;
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${within} ms`);
    await pause(10);
  }
}
