import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSidecarCall, parseReceiverUrl } from "../../src/commands/sidecar/parse-arguments.ts";
import { freshFolder } from "../support/folder.ts";

describe("arguments of the sidecar", () => {
  const folder = freshFolder();
  const receivers: readonly (readonly [string, string])[] = [
    ["receiver", "http://receiver/steps"],
    ["receiver:8080", "http://receiver:8080/steps"],
    ["10.0.0.7:8080", "http://10.0.0.7:8080/steps"],
    ["[::1]:8080", "http://[::1]:8080/steps"],
    ["receiver.ci.svc.cluster.local", "http://receiver.ci.svc.cluster.local/steps"],
    ["http://receiver", "http://receiver/steps"],
    ["https://ci.example.com/", "https://ci.example.com/steps"],
    ["https://ci.example.com/pipegauge", "https://ci.example.com/pipegauge/steps"],
    ["https://ci.example.com/pipegauge/", "https://ci.example.com/pipegauge/steps"],
    ["http://receiver:8080/steps", "http://receiver:8080/steps"],
    ["http://receiver:8080/jobs/", "http://receiver:8080/jobs"],
    ["receiver/jobs", "http://receiver/jobs"],
    ["HTTP://receiver", "http://receiver/steps"],
  ];
  for (const [given, url] of receivers) {
    it(`takes ${given} for ${url}`, () => {
      expect(parseReceiverUrl(given).href).to.equal(url);
    });
  }

  for (const given of ["", "http://", "a b", "ftp://receiver", "http://user:secret@receiver", "receiver:port"]) {
    it(`takes ${JSON.stringify(given)} for a mistake`, () => {
      expect(() => parseReceiverUrl(given))
        .to.throw()
        .with.property("code", "usage");
    });
  }

  const calls = [
    "",
    "a.json",
    "a.json b c",
    "a.json b --timeout soon",
    "a.json b --timeout",
    "a.json b --timeout 0",
    "a.json b --x",
  ];
  for (const call of calls) {
    it(`takes ${JSON.stringify(call)} for a mistake, in one line`, () => {
      expect(() => readSidecarCall(call.split(" ").filter(Boolean), {}))
        .to.throw(/^[^\n]+$/)
        .with.property("code", "usage");
    });
  }

  it("takes the older sidecar's variable for the receiver, and the key out of it", () => {
    const call = (args: string[], service: string) => readSidecarCall(args, { RECEIVER_SERVICE: service });

    expect(call(["a", "elsewhere"], "http://metrics:80")).to.include({ fromService: true, key: undefined });
    expect(call(["a", "elsewhere"], "http://metrics:80").receiver.href).to.equal("http://metrics/steps");
    expect(call(["a"], "metrics").receiver.href).to.equal("http://metrics/steps");
    expect(call(["a"], "http://x:L3t%20M3@metrics/jobs")).to.include({ key: "L3t M3" });
    expect(call(["a"], "http://x:L3t%20M3@metrics/jobs").receiver.href).to.equal("http://metrics/jobs");
    expect(call(["a", "receiver"], "")).to.include({ fromService: false });
    expect(readSidecarCall(["a"], { RECEIVER_SERVICE: "http://x:y@metrics", PRPC_PSK: "own" }).key).to.equal("own");
  });

  it("takes the first of several keys, from a variable or a file", () => {
    const file = join(folder(), "psk");
    writeFileSync(file, "new, whole\nold\n");

    expect(readSidecarCall(["a", "b"], { PRPC_PSK: " k, 1 " }).key).to.equal("k, 1");
    expect(readSidecarCall(["a", "b"], { PRPC_PSK_FILE: file }).key).to.equal("new, whole");
    expect(() => readSidecarCall(["a", "b"], { PRPC_PSK_FILE: `${file}x` }))
      .to.throw()
      .with.property("code", "config");
  });

  const times: readonly (readonly [string, number])[] = [
    ["90", 90_000],
    ["90s", 90_000],
    ["15m", 900_000],
    ["2h", 7_200_000],
  ];
  for (const [given, millis] of times) {
    it(`waits ${given} for ${millis} ms`, () => {
      expect(readSidecarCall(["a", "b", "--timeout", given], {}).timeoutMillis).to.equal(millis);
    });
  }

  it("waits for a day where no timeout is given, and has no key", () => {
    const { timeoutMillis, key, file } = readSidecarCall(["a b.json", "receiver"], {});

    expect({ timeoutMillis, key, file }).to.deep.equal({ timeoutMillis: 86_400_000, key: undefined, file: "a b.json" });
  });
});
