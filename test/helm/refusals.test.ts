import { expect } from "chai";
import { render, requireHelm, type Tree } from "../support/helm/chart.ts";

interface Refusal {
  readonly what: string;
  readonly values: Tree;
  /** Parts of the message: the fault and the way out. */
  readonly says: readonly string[];
}

const gitlab = { sources: { gitlab: { secret: "a" } } };
const postgres = { ...gitlab, database: { type: "postgres", url: "postgres://db/ci" } };

const refusals: readonly Refusal[] = [
  {
    what: "an image that does not exist",
    values: { ...gitlab, image: { repository: "" } },
    says: ["image.repository is empty", "no image is published", "docker build", "set image.repository="],
  },
  {
    what: "a page without a token, by an Ingress",
    values: { ...gitlab, page: { ingress: { enabled: true, hosts: ["a"] } } },
    says: ["page.ingress.enabled is true", "no token", "apiToken.existingSecret.name"],
  },
  {
    what: "a page without a token where deliveries from anyone are accepted",
    values: {
      config: { allowUnauthenticated: true },
      page: { httpRoute: { enabled: true, parentRefs: [{ name: "a" }] } },
    },
    says: ["page.httpRoute.enabled is true", "accept everyone", "apiToken.value"],
  },
  {
    what: "a page without a host",
    values: { ...gitlab, apiToken: { value: "a" }, page: { ingress: { enabled: true } } },
    says: ["no host name", "page.ingress.hosts="],
  },
  {
    what: "a page on no gateway",
    values: { ...gitlab, apiToken: { value: "a" }, page: { httpRoute: { enabled: true } } },
    says: ["hangs on no gateway", "page.httpRoute.parentRefs"],
  },
  {
    what: "a change of an alert that does not exist",
    values: { ...gitlab, prometheusRule: { disabled: { DefaultBranchReed: true } } },
    says: ["prometheusRule.disabled.DefaultBranchReed", "there are ", "DefaultBranchRed"],
  },
  {
    what: "several replicas on SQLite",
    values: { ...gitlab, replicaCount: 2 },
    says: ["replicaCount is 2", "one writer", "database.type=postgres", "replicaCount=1"],
  },
  {
    what: "autoscaling on SQLite",
    values: { ...gitlab, autoscaling: { enabled: true } },
    says: ["autoscaling.enabled is true", "database.type=postgres", "autoscaling.enabled=false"],
  },
  {
    what: "a database that SQLite would not use",
    values: { ...gitlab, database: { url: "postgres://db/ci" } },
    says: ["database.type is sqlite", "database.type=postgres"],
  },
  {
    what: "a certificate for a database that is a file",
    values: { ...gitlab, database: { ca: { existingSecret: "ca" } } },
    says: ["database.ca is given", "database.type is sqlite"],
  },
  {
    what: "PostgreSQL without a URL",
    values: { ...gitlab, database: { type: "postgres" } },
    says: ["no URL is given", "database.existingSecret.name", "database.url="],
  },
  {
    what: "two places for the URL",
    values: { ...gitlab, database: { type: "postgres", url: "postgres://db/ci", existingSecret: { name: "a" } } },
    says: ["database.url and database.existingSecret.name", "remove one"],
  },
  {
    what: "a range of replicas that is none",
    values: { ...postgres, autoscaling: { enabled: true, minReplicas: 9 } },
    says: ["autoscaling.minReplicas is greater than autoscaling.maxReplicas"],
  },
  {
    what: "no sender that is allowed to send",
    values: {},
    says: ["no source has a secret", "sources.gitlab.secret", "config.allowUnauthenticated=true"],
  },
  {
    what: "a source without a secret",
    values: { sources: { gitlab: { secret: "a" }, tekton: {} } },
    says: ["sources.tekton has no secret", "sources.tekton.existingSecret.name"],
  },
  {
    what: "a source without a provider",
    values: { sources: { gitlap: { secret: "a" } } },
    says: ["sources.gitlap is named like no provider", "sources.gitlap.provider", "gitlab, tekton, jenkins, github"],
  },
  {
    what: "one provider's name for another's source",
    values: { sources: { gitlab: { provider: "github", secret: "a" } } },
    says: ["sources.gitlab has the provider github", "another name"],
  },
  {
    what: "two places for a secret",
    values: { sources: { gitlab: { secret: "a", existingSecret: { name: "b" } } } },
    says: ["sources.gitlab has a secret and an existingSecret", "remove one"],
  },
  ...["metricsToken", "apiToken", "legacyKey"].map((name) => ({
    what: `two places for ${name}`,
    values: { ...gitlab, [name]: { value: "a", existingSecret: { name: "b" } } },
    says: [`${name}.value and ${name}.existingSecret.name`, "remove one"],
  })),
  {
    what: "an Ingress without a host",
    values: { ...gitlab, ingress: { enabled: true } },
    says: ["ingress.hosts"],
  },
  {
    what: "an HTTPRoute without a gateway",
    values: { ...gitlab, httpRoute: { enabled: true } },
    says: ["httpRoute.parentRefs[0].name"],
  },
  ...["NodePort", "LoadBalancer"].map((type) => ({
    what: `a ${type} that would expose the metrics and the page`,
    values: { ...gitlab, metricsToken: { value: "a" }, service: { type } },
    says: [`service.type ${type} exposes /metrics`, "metricsToken and apiToken", "service.exposeEverything=true"],
  })),
];

/** A slip of the keyboard at each level, and values of a wrong kind. */
const slips: readonly (readonly [value: string, says: string])[] = [
  ["replicas=2", "replicas"],
  ["database.kind=postgres", "kind"],
  ["database.existingSecret.nam=a", "nam"],
  ["sources.gitlab.secrets=b", "secrets"],
  ["sources.Gitlab.secret=b", "Gitlab"],
  ["sources.gitlab.existingSecret.namee=b", "namee"],
  ["config.retentionDay=90", "retentionDay"],
  ["ingress.enable=true", "enable"],
  ["persistence.sise=1Gi", "sise"],
  ["readinessProbe.httpGet.path=/", "httpGet"],
  ["serviceMonitor.intervall=30s", "intervall"],
  ["resources.limit.cpu=1", "limit"],
  ["database.type=mysql", "type"],
  ["config.retentionDays=7", "retentionDays"],
  ["service.type=ExternalName", "type"],
  ["replicaCount=two", "replicaCount"],
  ["persistence.size=big", "size"],
  ["ingress.extraPaths={metrics}", "extraPaths"],
  ["page.paths={/}", "paths"],
  ["page.paths={/metrics}", "paths"],
  ["page.paths={/ui}", "paths"],
  ["prometheusRule.overrides.DefaultBranchRed.fro=5m", "fro"],
  ["dashboards.baseUrl=pipegauge.example.com", "baseUrl"],
  ["sources.gitlab.secret=a\\,\\,b", "secret"],
];

describe("the chart refuses", () => {
  before(requireHelm);

  const readMessage = (values: Tree, args: readonly string[] = []) =>
    render({ values, args }).then(
      () => expect.fail("it was rendered"),
      (error: unknown) => (error as Error).message,
    );

  for (const { what, values, says } of refusals) {
    it(`${what}, and says what to do`, async () => {
      const message = await readMessage(values);

      for (const part of says) expect(message).to.include(part);
      expect(message).to.match(/pipegauge: 1 of the values cannot stand/);
    });
  }

  it("several faults at a time, each on a line", async () => {
    const message = await readMessage({ replicaCount: 2, autoscaling: { enabled: true }, ingress: { enabled: true } });

    expect(message).to.include("4 of the values cannot stand");
    expect(message.match(/^ {2}- /gm)).to.have.length(4);
  });

  for (const [slip, says] of slips) {
    it(`--set ${slip}`, async () => {
      const message = await readMessage(gitlab, ["--set", slip]);

      expect(message)
        .to.match(/values don't meet the specifications of the schema/)
        .and.to.include(says);
    });
  }

  it("nothing of what is right", async () => {
    const right: readonly Tree[] = [
      gitlab,
      { ...postgres, replicaCount: 5 },
      { config: { allowUnauthenticated: true } },
      { ...gitlab, metricsToken: { value: "a" }, apiToken: { value: "b" }, service: { type: "LoadBalancer" } },
      { ...gitlab, service: { type: "NodePort", exposeEverything: true } },
    ];
    for (const values of right) expect(await render({ values })).to.have.length.above(4);
  });
});
