import { setTimeout as sleep } from "node:timers/promises";
import { Counter, createTimings, Gauge, timer, type CollectorRegistry } from "../../sdk/index.ts";

export const jobName = "DummyExporter";

/** An example: it waits, and shows each type of metric and each way to time something. */
export async function gatherMetrics(registry: CollectorRegistry): Promise<void> {
  const { observe, timed } = createTimings(registry, "DummyExporter");
  const gauge = new Gauge("dummy_gauge", "A dummy metric, means nothing.", [], registry);
  const counter = new Counter("dummy_counter_total", "A dummy metric, means nothing.", ["dummy_label"], registry);
  const generic = new Counter("generic_timer_seconds_total", "Value of generic timer", [], registry);

  gauge.set(0);
  await sleep(1000);
  counter.labels("dummy_label_value").inc();

  const observed_function = timed(async function observed_function() {
    await sleep(300);
    await observe("my_custom_task", () => sleep(550));
    const elapsed = timer();
    await sleep(250);
    generic.inc(elapsed());
  });
  await observed_function();
}
