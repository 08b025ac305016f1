import { isTransient } from "./transient-errors.ts";

const delayMillis = 100;
const triesMax = 300;

/** Retries `work` while another writer holds a lock; throws its error after half a minute. */
export async function retryWhileBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === triesMax || !isTransient(error)) throw error;
      await new Promise((resume) => setTimeout(resume, delayMillis));
    }
  }
}
