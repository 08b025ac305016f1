import { expect } from "chai";
import { loadConfig } from "../../src/config/index.ts";

function hostFor(env: NodeJS.ProcessEnv): string {
  const config = loadConfig({ env, argv: [] });
  config.close();
  return config.host;
}

describe("the address it listens to", () => {
  const cases: readonly (readonly [string, NodeJS.ProcessEnv, string])[] = [
    ["this host alone without a secret", {}, "127.0.0.1"],
    ["this host alone with a metrics token only", { PIPEGAUGE_METRICS_TOKEN: "m" }, "127.0.0.1"],
    ["the network with a secret", { PIPEGAUGE_JENKINS_SECRET: "s" }, "0.0.0.0"],
    ["the network with the key of the older APIs", { PRPC_PSK: "k" }, "0.0.0.0"],
    ["the network when a setting allows it explicitly", { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" }, "0.0.0.0"],
    [
      "what the setting names, with a secret",
      { PIPEGAUGE_JENKINS_SECRET: "s", PIPEGAUGE_HOST: "10.1.2.3" },
      "10.1.2.3",
    ],
    ["a loopback address of choice", { PIPEGAUGE_HOST: "127.0.0.9" }, "127.0.0.9"],
    ["localhost", { PIPEGAUGE_HOST: "localhost" }, "localhost"],
  ];

  for (const [name, env, host] of cases) it(name, () => expect(hostFor(env)).to.equal(host));

  for (const host of ["0.0.0.0", "::", "10.1.2.3", "ci.example.com", "::ffff:127.0.0.1", "127.0.0.1.example.com"]) {
    it(`never ${host} without a secret`, () => {
      expect(() => hostFor({ PIPEGAUGE_HOST: host, PIPEGAUGE_METRICS_TOKEN: "m" })).to.throw(
        `host ${host} is on a network, but no source has a secret: set PIPEGAUGE_GITLAB_SECRET`,
      );
    });
  }
});
