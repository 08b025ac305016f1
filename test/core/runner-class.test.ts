import { expect } from "chai";
import { createRunnerClassifier } from "../../src/core/runner-class.ts";

describe("the class of a runner", () => {
  const table: readonly (readonly [labels: string, name: string])[] = [
    ["docker,linux", "docker,linux"],
    ["ubuntu-24.04", "ubuntu-24.04"],
    ["saas-linux-medium-amd64", "saas-linux-medium-amd64"],
    ["gpu-a100,linux,x64", "gpu-a100,linux,x64"],
    ["m5.2xlarge,self-hosted", "m5.2xlarge,self-hosted"],
    ["arm64,c7g.4xlarge,us-east-1", "arm64,c7g.4xlarge,us-east-1"],
    ["windows-2022", "windows-2022"],
    ["feedface", "feedface"],
    ["arc-runner-set-x7k2p,linux", "arc-runner-set-*,linux"],
    ["runs-on=6454805877/runner=2cpu-linux-x64", "runs-on=*/runner=2cpu-linux-x64"],
    ["gitlab-0f8fad5b-d9cb-469f-a165-70867728950e", "gitlab-*"],
    ["runner-3f2a9c1b77", "runner-*"],
    ["x".repeat(300), "x".repeat(100)],
  ];
  for (const [labels, name] of table) {
    it(`${labels.slice(0, 60)}: ${name.slice(0, 60)}`, () => {
      const classify = createRunnerClassifier([]);

      expect([classify(labels), classify(labels)]).to.deep.equal([name, name]);
    });
  }

  it("is that of the first rule that fits one label, or all of them as they are joined", () => {
    const classify = createRunnerClassifier([
      { name: "gpu", labels: ["gpu-*"] },
      { name: "large", labels: ["*xlarge", "docker,linux"] },
    ]);

    expect(["gpu-a100,m5.4xlarge", "linux,m5.4xlarge", "docker,linux", "docker"].map(classify)).to.deep.equal([
      "gpu",
      "large",
      "large",
      "docker",
    ]);
  });

  it("is the same after more labels than are cached", () => {
    const classify = createRunnerClassifier([{ name: "pool", labels: ["pool-*"] }]);

    const classes = new Set(Array.from({ length: 5000 }, (_, i) => classify(`pool-${i}`)));

    expect([...classes]).to.deep.equal(["pool"]);
  });
});
