import { atLeast, equal, info, median, perSecond, ratio, type Extent, type Finding } from "./report.ts";
import { startPeer, workingDirectory, type Server } from "./server.ts";
import { scrapeHard, type Scraped } from "./wrk.ts";

const ratioMin = 0.9;

/** The SDK's HTTP server against prom-client behind a bare `node:http` server, both rendering for each request, by turns. */
export async function measureSdk({ quick }: Extent): Promise<Finding[]> {
  const directory = workingDirectory();
  const servers: Server[] = [];
  try {
    const bare = await startPeer("registry", directory, ["bare"]);
    servers.push(bare);
    const sdk = await startPeer("registry", directory, ["sdk"]);
    servers.push(sdk);
    const [theirs, ours]: [Scraped[], Scraped[]] = [[], []];
    const [rounds, seconds] = quick ? [1, 3] : [6, 10];
    await Promise.all([bare, sdk].map(({ host }) => scrapeHard(host, 2)));
    for (let round = 0; round < rounds; round++) {
      theirs.push(await scrapeHard(bare.host, seconds));
      ours.push(await scrapeHard(sdk.host, seconds));
    }
    const rate = (all: readonly Scraped[]) => median(all.map(({ perSecond: each }) => each));
    return [
      info("bare node:http and prom-client", perSecond(rate(theirs))),
      info("the SDK", perSecond(rate(ours))),
      atLeast("SDK / bare", rate(ours) / rate(theirs), ratioMin, ratio),
      equal(
        `dropped connections and wrong answers of the SDK in ${rounds * seconds} s`,
        ours.reduce((sum, { faults }) => sum + faults, 0),
        0,
      ),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
