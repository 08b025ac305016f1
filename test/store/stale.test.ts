import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import type { Store } from "../../src/core/store/index.ts";
import { allDatabases, now, sandbox } from "../support/database/databases.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { ofJob, ofRun, type Status } from "../support/model/observations.ts";
import type { Millis } from "../../src/core/time.ts";
import type { ShownState } from "../../src/core/states.ts";

const day = 86_400_000;
/** A week after the deliveries of `now`, and a second. */
const later = now + 7 * day + 1000;

/** What the three who read runs show of run 1 at that moment. */
async function shown(store: Store, at: Millis) {
  const staleBefore = at - 7 * day;
  const { active } = await store.snapshot(staleBefore);
  const { items } = await store.read("runs", { filter: { nativeId: "1" }, limit: 10, staleBefore });
  const found = await store.read("run", { id: items[0]?.id ?? 0, staleBefore });
  return { gauge: active.map(({ state, count }) => [state, count]), list: items[0]?.state, run: found?.run.state };
}

const everywhere = (state: ShownState) => ({ gauge: [[state, 1]], list: state, run: state });

for (const database of allDatabases) {
  describe(`store, runs without new deliveries: ${database.name}`, () => {
    const box = sandbox(database);

    /** A store whose clock the test sets. */
    async function timed() {
      const time = { now };
      const store = await box.store({ clock: () => time.now });
      const tell = async (at: Millis, ...observations: Observation[]) => {
        time.now = at;
        await store.record(toEntries(observations));
      };
      return { store, tell };
    }

    for (const state of ["pending", "blocked", "executing"] as const) {
      it(`are stale where they were ${state}, and not a moment earlier`, async () => {
        const { store, tell } = await timed();
        await tell(now, ofRun("1", state as Status, { clock: 5 }));

        expect(await shown(store, now + 7 * day)).to.deep.equal(everywhere(state));
        expect(await shown(store, later)).to.deep.equal(everywhere("stale"));
        expect((await store.snapshot()).active, "switched off").to.have.nested.property("[0].state", state);
      });
    }

    it("are not stale any more with the next delivery, for any content and order", async () => {
      const pending = ofRun("1", "pending", { clock: 3 });
      const executing = ofRun("1", "executing", { clock: 5 });
      for (const [first, second] of [
        [pending, executing],
        [executing, pending],
        [executing, ofRun("1", "executing", { clock: 5, jobs: [ofJob("11", "check", "executing", { clock: 4 })] })],
      ] as const) {
        const { store, tell } = await timed();
        await tell(now, first);
        expect((await shown(store, later)).run).to.equal("stale");

        await tell(later, second);

        expect(await shown(store, later)).to.deep.equal(everywhere("executing"));
        await tell(later, ofRun("1", "success", { clock: 60 }));
        expect(await shown(store, later + 30 * day)).to.deep.equal({ gauge: [], list: "finished", run: "finished" });
      }
    });

    it("are counted apart from the others of their pipeline, also where only pipelines with series are counted", async () => {
      const { store, tell } = await timed();
      await tell(now, ofRun("1", "pending", { clock: 5 }), ofRun("2", "executing", { clock: 5 }));
      const flood = Array.from(
        { length: 1200 },
        (_, i) => `('main', 'old ${i}', 'gitlab', 'flood/${i}', 'ci', 'executing', ${now}, ${now})`,
      );
      await rows(
        store,
        `insert into runs (source, native_id, provider, project, pipeline, state, first_seen_at, updated_at)
         values ${flood.join(", ")}`,
      );
      await tell(later, ofRun("3", "executing", { clock: 5 }), ofRun("4", "success", { clock: 60 }));
      await rows(store, `update runs set updated_at = ${later} where native_id in ('old 7', 'old 9')`);

      const { active } = await store.snapshot(later - 7 * day);

      const counts = new Map<string, number>();
      for (const { project, state, count } of active) {
        const key = `${project} ${state}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
      expect(Object.fromEntries(counts)).to.deep.equal({
        "shop/cart executing": 1,
        "shop/cart stale": 2,
        "__other__ executing": 2,
        "__other__ stale": 1198,
      });
    });

    it("are found by their state alone, however many runs came since", async () => {
      const { store, tell } = await timed();
      await tell(now, ofRun("1", "executing", { clock: 5 }), ofRun("2", "success", { clock: 60 }));
      await tell(now + day, ofRun("3", "pending", { clock: 5 }));
      // More than one page looks at.
      await rows(
        store,
        `with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < 20001)
         insert into runs (source, native_id, provider, project, pipeline, state, result, first_seen_at, updated_at)
         select 'main', 'new ' || i, 'gitlab', 'shop/cart', 'checkout', 'finished', 'success', ${later}, ${later} from numbers`,
      );
      await tell(later, ofRun("4", "executing", { clock: 5 }));
      const list = async (...states: ShownState[]) => {
        const query = { filter: { states }, limit: 10, staleBefore: later - 7 * day };
        const first = await store.read("runs", query);
        const rest = first.next === undefined ? [] : (await store.read("runs", { ...query, after: first.next })).items;
        return [first.items, rest].map((items) => items.map(({ nativeId }) => nativeId));
      };

      expect(await list("stale")).to.deep.equal([["1"], []]);
      expect(await list("executing", "pending")).to.deep.equal([["4"], ["3"]]);
      expect(await list("stale", "executing")).to.deep.equal([["4"], ["1"]]);
      const { items } = await store.read("runs", { filter: { states: ["stale"] }, limit: 10 });
      expect(items, "switched off").to.deep.equal([]);
    });
  });
}
