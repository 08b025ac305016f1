import { expect } from "chai";
import { Counter, Gauge, Summary } from "../../src/sdk/index.ts";

/**
 * The unit tests of prometheus_express (https://github.com/ssube/prometheus_express, tests/test_metric.py), one by one
 * under their names. Where the SDK differs on purpose, the test says how.
 */
const lines = (text: string) => text.trimEnd().split("\n");

describe("prometheus_express, test_metric.py", () => {
  it("RenderHelpTest.test", async () => {
    // Its base class renders as `untyped`; here a metric always has one of the four types.
    expect(lines(await new Gauge("foo", "bar").render())).to.deep.equal([
      "# HELP foo bar",
      "# TYPE foo gauge",
      "foo 0",
    ]);
  });

  it("RenderLabelsTest.test_render", async () => {
    const metric = new Gauge("m", "help", ["foo", "bin"]);
    metric.labels("bar", "baz").set(1);

    expect(lines(await metric.render())[2]).to.equal('m{foo="bar",bin="baz"} 1');
  });

  it("RenderLabelsTest.test_uneven", () => {
    // There the rendering fails, and with it every later one; here the call that made the mistake does.
    const metric = new Gauge("m", "help", ["key_1", "key_2"]);

    expect(() => metric.labels("value-1")).to.throw(
      TypeError,
      "metric m has the labels key_1, key_2, so it needs 2 label values, not 1",
    );
  });

  it("RenderLabelsTest.test_empty", async () => {
    const metric = new Counter("m", "help");
    metric.labels().inc();

    expect(lines(await metric.render())[2]).to.equal("m 1");
  });

  it("RenderNameTest.test", async () => {
    expect(await new Gauge("bar", "help").render("foo")).to.include("# TYPE foo_bar gauge");
  });

  it("ValidateNameTest.test", () => {
    expect(() => new Gauge("foo_bar", "help")).not.to.throw();
    expect(() => new Gauge("123_bar", "help")).to.throw(TypeError, '"123_bar" is not a metric name');
    expect(() => new Gauge("no!good?", "help")).to.throw(TypeError, '"no!good?" is not a metric name');
  });

  it("ValidateMetricTest.test_name_numeric", () => {
    expect(() => new Counter("123_bar", "invalid name")).to.throw(TypeError, "123_bar");
  });

  it("ValidateMetricTest.test_name_special", () => {
    expect(() => new Summary("no!good?", "invalid name")).to.throw(TypeError, "no!good?");
  });

  it("ValidateMetricTest.test_label_numeric", () => {
    expect(() => new Counter("valid", "also valid", ["123_bar"])).to.throw(
      TypeError,
      'metric valid: "123_bar" is not a label name',
    );
  });

  it("ValidateMetricTest.test_label_special", () => {
    expect(() => new Gauge("valid", "also valid", ["no!good?"])).to.throw(
      TypeError,
      'metric valid: "no!good?" is not a label name',
    );
  });

  it("MetricRenderTest.test", async () => {
    const metric = new Gauge("bin", "bin values", ["key_1", "key_2"]);
    metric.labels("value-1", "value-2");

    expect(lines(await metric.render("foo"))).to.deep.equal(["# HELP foo_bin bin values", "# TYPE foo_bin gauge"]);
  });

  it("CounterRenderTest.test_simple", async () => {
    const metric = new Counter("bin", "bin values", ["key_1", "key_2"]);
    // There `labels` is remembered by the metric; here it returns the series. And no series stands at "None" before use.
    metric.labels("value-1", "value-2").inc(90);

    expect(lines(await metric.render("foo"))).to.deep.equal([
      "# HELP foo_bin bin values",
      "# TYPE foo_bin counter",
      'foo_bin{key_1="value-1",key_2="value-2"} 90',
    ]);
  });

  it("CounterRenderTest.test_repeat_labels", async () => {
    const metric = new Counter("bin", "bin values", ["key_1", "key_2"]);
    metric.labels("value-1", "value-2").inc(30);
    metric.labels("foo-1", "foo-2").inc(20);
    metric.labels("value-1", "value-2").inc(60);

    expect(
      lines(await metric.render("foo"))
        .slice(2)
        .toSorted(),
    ).to.deep.equal(['foo_bin{key_1="foo-1",key_2="foo-2"} 20', 'foo_bin{key_1="value-1",key_2="value-2"} 90']);
  });

  it("CounterValueTest.test_existing", async () => {
    const counter = new Counter("foo", "foo values");
    counter.inc(20);
    // `dec` exists on gauges only, as in the official clients: a counter that goes down is a reset to Prometheus.
    expect(counter).not.to.have.property("dec");
    expect(() => counter.inc(-10)).to.throw(RangeError, "metric foo is a counter: it cannot go down by 10");

    expect(lines(await counter.render())[2]).to.equal("foo 20");
  });

  it("CounterValueTest.test_fresh", async () => {
    const counter = new Counter("foo", "foo values", ["bar"]);
    expect(() => counter.labels("bin").inc(-30)).to.throw(RangeError, "metric foo is a counter");

    const gauge = new Gauge("foo", "foo values", ["bar"]);
    gauge.labels("bin").dec(30);
    expect(lines(await gauge.render())[2]).to.equal('foo{bar="bin"} -30');
  });

  it("GaugeValueTest.test_empty", async () => {
    const gauge = new Gauge("foo", "foo values");
    gauge.inc(90);
    expect(lines(await gauge.render())[2]).to.equal("foo 90");
    gauge.set(40);
    expect(lines(await gauge.render())[2]).to.equal("foo 40");
  });

  it("GaugeValueTest.test_tuple", async () => {
    const gauge = new Gauge("foo", "foo values");
    gauge.labels().set(100);

    expect(lines(await gauge.render())[2]).to.equal("foo 100");
  });

  it("SummaryRenderTest.test", async () => {
    const metric = new Summary("foo", "foo values", ["group"]);
    metric.labels("foo").observe(4);
    metric.labels("bar").observe(2);
    metric.labels("foo").observe(6);
    metric.labels("bar").observe(8);

    const rendered = lines(await metric.render("bar"));
    expect(rendered.slice(0, 2)).to.deep.equal(["# HELP bar_foo foo values", "# TYPE bar_foo summary"]);
    // There the sum is called `_total`, which no reader of summaries knows; and "None" stands before use.
    expect(rendered.slice(2).toSorted()).to.deep.equal([
      'bar_foo_count{group="bar"} 2',
      'bar_foo_count{group="foo"} 2',
      'bar_foo_sum{group="bar"} 10',
      'bar_foo_sum{group="foo"} 10',
    ]);
  });
});
