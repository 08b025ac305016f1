import { getHeapSpaceStatistics } from "node:v8";
import { parentPort } from "node:worker_threads";

/** A thread that fills its young generation, and sends the greatest size of it that it saw, in MiB. */
const kept: object[][] = [];
let greatest = 0;
for (let round = 0; round < 200; round++) {
  // Part of it outlives a collection, so V8 lets the young generation grow as far as it may.
  kept[round % 20] = Array.from({ length: 2000 }, (_, i) => ({ i, text: [i] }));
  const size = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
  greatest = Math.max(greatest, size / 2 ** 20);
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
parentPort?.postMessage(greatest);
