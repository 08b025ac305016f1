import { expect } from "chai";
import { metricLabels, nameProblems } from "./metric-labels.ts";
import { mentioned } from "./promql.ts";

describe("names in PromQL", () => {
  it("are found wherever they stand", () => {
    const expr = `
      # not_a_metric
      histogram_quantile(0.9, sum by (le, project) (max without (instance, pod) (increase(a_bucket{x="b{c}", y!~'d"'}[5m]))))
      / on (project) group_left () (b offset 1h > bool 0.5) unless {__name__=~"e_.+"} * 2 + inf`;

    expect(mentioned(expr)).to.deep.equal({
      selectors: [
        { metric: "a_bucket", labels: ["x", "y"] },
        { metric: "b", labels: [] },
        { metric: "", labels: ["__name__"] },
      ],
      grouping: ["le", "project", "instance", "pod", "project"],
    });
  });

  it("are distinguished from labels that do not exist", async () => {
    const getLabels = await metricLabels();
    const problems = (expr: string) => nameProblems(expr, getLabels);

    expect(problems('sum by (le) (rate(cicd_job_queue_seconds_bucket{project="a", job="b"}[1m]))')).to.deep.equal([]);
    expect(problems('ci_dotnet_build_total{status="failed"}')).to.deep.equal([]);
    expect(problems("process_resident_memory_bytes")).to.deep.equal([]);
    expect(problems("rate(cicd_runs_total[1m])")).to.deep.equal(["there is no metric cicd_runs_total"]);
    expect(problems("cicd_job_queue_seconds")).to.deep.equal(["there is no metric cicd_job_queue_seconds"]);
    expect(problems('cicd_pipeline_run_queue_seconds_sum{result="success"}')).to.deep.equal([
      "cicd_pipeline_run_queue_seconds_sum has no label result",
    ]);
    expect(problems("sum by (branch) (cicd_pipeline_runs_total)")).to.deep.equal([
      "nothing in it has the label branch",
    ]);
  });
});
