import { permutations } from "../support/model/fold.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import type { Sent, Stories } from "./scenario.ts";

/** One way in which the deliveries of a story arrive. */
export interface Arrival {
  readonly how: string;
  readonly sent: readonly Sent[];
}

/** Past this many there are too many orders to try them all. */
const permutedMax = 4;
const shuffles = 4;

/** The order they were sent in, every other order (or some), and every delivery twice: resent, and sent anew. */
export function createArrivals(sent: readonly Sent[], anew: Stories["anew"], seed: number): Arrival[] {
  const copies = sent.map((one, i) => anew(one, String(i)));
  const both = [...sent, ...copies];
  const random = randomFrom(seed);
  const some = (of: readonly Sent[]) =>
    Array.from({ length: shuffles }, (_, i) => ({ how: `shuffle ${i} of seed ${seed}`, sent: shuffled(of, random) }));
  const all = permutations(sent.length > permutedMax ? [] : sent).map((order, i) => ({
    how: `order ${i}`,
    sent: order,
  }));
  return [
    { how: "as sent", sent },
    ...(sent.length > permutedMax ? [...some(sent), { how: "backwards", sent: sent.toReversed() }] : all),
    { how: "each resent at once", sent: sent.flatMap((one) => [one, one]) },
    { how: "all resent", sent: [...sent, ...sent] },
    { how: "all sent anew", sent: both },
    { how: "all sent anew, backwards", sent: both.toReversed() },
    ...some(both).map((arrival) => ({ ...arrival, how: `${arrival.how}, twice` })),
  ];
}
