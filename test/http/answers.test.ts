import { expect } from "chai";
import { createAnswers } from "../../src/http/answers.ts";
import { AppError } from "../../src/core/errors.ts";
import { until } from "../support/wait.ts";

/** Work that ends when `finish` is called. */
function held<T>(value: T) {
  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (finish = resolve));
  return { compute: () => ended.then(() => value), finish };
}

describe("answers of the page", () => {
  const lines: object[] = [];
  const log = { error: (line: object) => void lines.push(line) } as never;

  it("are computed anew where that takes no longer than a request waits", async () => {
    const answers = createAnswers(5000, () => 7, log);
    let count = 0;

    const first = await answers.startRequest()("a", async () => ++count);
    const second = await answers.startRequest()("a", async () => ++count);

    expect(first).to.deep.equal({ isReady: true, value: 1, asOf: 7, isKept: false });
    expect(second).to.include({ value: 2 });
  });

  it("are computed once for all who ask at the same time, and an own one for each name", async () => {
    const { startRequest } = createAnswers(5000, () => 7, log);
    let count = 0;
    const work = held("x");
    const compute = () => {
      count++;
      return work.compute();
    };

    const asked = [startRequest()("a", compute), startRequest()("a", compute), startRequest()("b", async () => "y")];
    expect(await asked[2]).to.include({ value: "y" });
    work.finish();

    expect((await Promise.all(asked)).map((shown) => shown.isReady && shown.value)).to.deep.equal(["x", "x", "y"]);
    expect(count).to.equal(1);
  });

  it("are missing while the first one takes long, and then shown with their time while a newer one is computed", async () => {
    let now = 1000;
    const { startRequest } = createAnswers(1, () => now, log);
    const [slow, slower] = [held("old"), held("new")];

    const missing = await startRequest()("a", slow.compute);
    slow.finish();
    const old = await until(async () => {
      const shown = await startRequest()("a", slow.compute);
      return shown.isReady ? shown : undefined;
    }, "the first answer");
    now += 3_600_000;
    const kept = await startRequest()("a", slower.compute);
    slower.finish();
    await until(async () => {
      const shown = await startRequest()("a", slower.compute);
      return shown.isReady && shown.value === "new";
    }, "the newer answer");

    expect(missing).to.deep.equal({ isReady: false, isPending: true, reason: "It is being computed" });
    expect(old).to.deep.equal({ isReady: true, value: "old", asOf: 1000, isKept: true });
    expect(kept).to.deep.equal(old);
  });

  it("say why there is none: in words that are meant for people, and never in those of a driver", async () => {
    const { startRequest } = createAnswers(5000, () => 7, log);

    const refused = await startRequest()("a", () => Promise.reject(new AppError("invalid", "too many runs")));
    const broken = await startRequest()("b", () => Promise.reject(new Error("no such table: runs")));
    const again = await startRequest()("a", async () => "now");

    expect(refused).to.deep.equal({ isReady: false, isPending: false, reason: "too many runs" });
    expect(broken).to.include({ isReady: false, reason: "the server could not compute it, and logged why" });
    expect(lines).to.deep.equal([{ answer: "b", error: "no such table: runs" }]);
    expect(again).to.include({ value: "now" });
  });
});
