import { expect } from "chai";
import { at, listAt, podsIn, render, requireHelm, valuesFiles, toText, type Tree } from "../support/helm/chart.ts";

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function findFaults(pod: Tree): readonly string[] {
  const all = [...listAt(pod, "containers"), ...listAt(pod, "initContainers")];
  const faults = all.flatMap((container) => {
    const readContext = (key: string) => at(container, `securityContext.${key}`) ?? at(pod, `securityContext.${key}`);
    const added = listAt(container, "securityContext.capabilities.add") as unknown as readonly string[];
    const dropped = listAt(container, "securityContext.capabilities.drop") as unknown as readonly string[];
    const checks: readonly (readonly [boolean, string])[] = [
      [readContext("runAsNonRoot") === true, "may run as root"],
      [readContext("runAsUser") !== 0, "runs as user 0"],
      [
        ["RuntimeDefault", "Localhost"].includes(toText(readContext("seccompProfile.type") ?? "")),
        "has no seccomp profile",
      ],
      [at(container, "securityContext.allowPrivilegeEscalation") === false, "may gain privileges"],
      [dropped.includes("ALL"), "keeps capabilities"],
      [added.every((name) => name === "NET_BIND_SERVICE"), "adds capabilities"],
      [at(container, "securityContext.privileged") !== true, "is privileged"],
      [listAt(container, "ports").every((port) => port["hostPort"] === undefined), "takes a port of the host"],
    ];
    return checks.filter(([good]) => !good).map(([, fault]) => `${toText(container["name"])} ${fault}`);
  });
  const hosts = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => pod[key] === true);
  const allowed = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ];
  const volumes = listAt(pod, "volumes").flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== "name" && !allowed.includes(key)),
  );
  return [...faults, ...hosts.map((key) => `uses ${key}`), ...volumes.map((kind) => `has a volume of kind ${kind}`)];
}

describe("the chart's pods", () => {
  before(requireHelm);

  for (const file of valuesFiles) {
    it(`of ${file} fit the restricted Pod Security Standard, the test's too`, async () => {
      const pods = podsIn(await render({ files: [file] }));

      expect(pods.size).to.equal(2);
      for (const [name, pod] of pods) expect(findFaults(pod), name).to.deep.equal([]);
    });

    it(`of ${file} get no token of the cluster, write nowhere but to their volumes, and see no service links`, async () => {
      for (const [name, pod] of podsIn(await render({ files: [file] }))) {
        expect(pod["automountServiceAccountToken"], name).to.equal(false);
        expect(pod["enableServiceLinks"], name).to.equal(false);
        const own = listAt(pod, "containers").filter((container) => container["name"] !== "tail");
        expect(own).to.have.length(1);
        for (const container of own)
          expect(at(container, "securityContext.readOnlyRootFilesystem"), name).to.equal(true);
        for (const container of own) expect(at(container, "resources.limits.memory"), name).to.be.a("string");
      }
    });
  }

  it("would be found out if they did not", async () => {
    const loose = { securityContext: { capabilities: { drop: [] } }, podSecurityContext: { runAsNonRoot: false } };
    const [[, pod] = ["", {}]] = podsIn(await render({ files: ["sqlite-values.yaml"], values: loose }));

    expect(findFaults(pod)).to.deep.equal(["pipegauge may run as root", "pipegauge keeps capabilities"]);
  });
});
