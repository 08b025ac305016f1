import { Ajv2020, type SchemaObject } from "ajv/dist/2020.js";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { demo } from "../../src/commands/demo/demo.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

interface Described {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: SchemaObject }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: SchemaObject }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly get: Described }>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaObject>> };
}

/** Requests that bring every path to each of its answers. */
const requests: Readonly<Record<string, readonly string[]>> = {
  "/api/v1/runs": ["", "?limit=3", "?project=shop/cart", "?result=failure&since=30d", "?native_id=x", "?limit=0"],
  "/api/v1/runs/{id}": ["/1", "/2", "/30", "/99999", "/x"],
  "/api/v1/runs/{id}/critical-path": [
    "/1/critical-path",
    "/2/critical-path",
    "/99999/critical-path",
    "/x/critical-path",
  ],
  "/api/v1/summary": ["", "?by=day", "?by=provider,project,pipeline,day&limit=1000", "?sort=duration", "?by=week"],
  "/api/v1/jobs": ["", "?limit=3", "?search=UNIT&result=success", "?ref_kind=tag", "?cursor=x"],
  "/api/v1/jobs/summary": [
    "",
    "?by=job,runner_class,ref_kind,trigger,task_type&sort=duration",
    "?by=hour,day,week,month&since=30d",
    "?by=year",
  ],
  "/api/v1/deployments": ["", "?limit=2", "?provider=github&state=finished", "?result=success,failure", "?cursor=x"],
  "/api/v1/changes": ["", "?limit=2", "?state=merged&since=90d", "?state=done"],
  "/api/v1/pushes": ["", "?limit=2", "?default_branch=true", "?cursor=x"],
  "/api/v1/deliveries": ["", "?outcome=dead_letter", "?source=tekton&limit=2", "?cursor=x"],
  "/api/v1/insights/flaky": ["", "?since=90d&limit=2", "?state=broken", "?project=shop/cart&ref=main", "?cursor=x"],
  "/api/v1/insights/critical-path": ["", "?since=90d&limit=2", "?provider=tekton", "?sort=x"],
  "/api/v1/insights/failures": ["", "?since=90d&limit=2", "?provider=jenkins", "?class=test"],
  "/api/v1/insights/time-to-pass": ["", "?since=90d&limit=2", "?pipeline=nowhere", "?cursor=x"],
  "/api/v1/insights/time-to-pass/weeks": ["", "?since=90d&limit=2", "?provider=github", "?limit=0"],
  "/api/v1/insights/waste": ["", "?by=provider,job,day&since=90d", "?by=runner_class&sort=cost", "?by=team"],
  "/api/v1/insights/red-main": ["", "?since=90d&limit=2", "?pipeline=nowhere", "?limit=0"],
  "/api/v1/insights/changes": ["", "?since=90d&limit=2", "?what=queue,success", "?what=x"],
  "/api/v1/insights/runners": ["", "?since=90d&limit=2", "?target=0", "?target=x"],
  "/api/v1/insights/runners/what-if": ["", "?since=90d&percentile=50&target=5", "?runner_class=linux", "?percentile=0"],
  "/api/v1/status": ["", "?x=1"],
};

for (const database of databases) {
  describe(`openapi.json: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers("shared");
    const box = sandbox(database);
    let server: TestServer;
    let document: Document;

    async function prepare(): Promise<void> {
      server = await start({ databaseUrl: await box.url() });
      await demo(["--url", server.url, "--runs", "40"], { write: () => undefined });
      await server.deliver("gitlab", "{");
      await server.deliver("gitlab", { object_kind: "push" });
      document = (await server.request("/openapi.json")).json as unknown as Document;
    }

    it("describes what the server really answers, whole and nothing but", async () => {
      await prepare();
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
      ajv.addVocabulary(["components"]);
      ajv.addSchema({ $id: "openapi", components: document.components });
      expect(document.openapi).to.equal("3.1.0");
      expect(Object.keys(document.paths)).to.have.members(Object.keys(requests));

      const statuses = new Set<number>();
      for (const [path, suffixes] of Object.entries(requests)) {
        const responses = document.paths[path]?.get.responses ?? {};
        for (const suffix of suffixes) {
          const { status, json, headers } = await server.request(path.replace(/\/\{id\}.*/, "") + suffix);
          statuses.add(status);
          const type = headers.get("content-type")?.replace(/;.*/, "") ?? "";
          const schema = responses[String(status)]?.content[type]?.schema;
          expect(schema, `${path}${suffix} answers ${status}`).to.be.an("object");
          const validate = ajv.compile({ $ref: `openapi${String(schema?.["$ref"])}` });
          expect(validate(json), `${path}${suffix}: ${JSON.stringify(validate.errors)}`).to.equal(true);
        }
      }
      expect([...statuses]).to.have.members([200, 400, 404]);

      const strange = ajv.compile({ $ref: "openapi#/components/schemas/RunPage" });
      expect(strange({ runs: [], next_cursor: null, more: 1 }), "a field that is not described").to.equal(false);
    });

    it("takes every parameter that it describes", async () => {
      await prepare();
      const values: Readonly<Record<string, string>> = {
        integer: "7",
        boolean: "true",
      };

      let tried = 0;
      for (const [path, { get }] of Object.entries(document.paths)) {
        for (const { name, schema, in: place } of get.parameters) {
          if (place === "path" || name === "cursor") continue;
          const { items, enum: own } = schema as { items?: { enum: string[] }; enum?: string[] };
          const value = (items?.enum ?? own)?.join(",") ?? values[String(schema["type"])] ?? "3d";
          const asked = own === undefined ? value : String(own[0]);
          const { status, text } = await server.request(`${path}?${new URLSearchParams({ [name]: asked }).toString()}`);
          expect(status, `${path} ${name}: ${text}`).to.equal(200);
          tried++;
        }
      }
      expect(tried).to.be.above(20);
    });
  });
}

describe("docs/api.md", () => {
  const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
  const start = testServers();

  it("names every path and every parameter that there is, and no others", async () => {
    const server = await start();
    const { paths } = (await server.request("/openapi.json")).json as unknown as Document;

    for (const [path, { get }] of Object.entries(paths)) {
      const heading = path.replace("{id}", ":id");
      const [, part = ""] =
        new RegExp(`\n## .*\`GET ${heading.replaceAll("/", "\\/")}\`\n(.*?)(?=\n## |$)`, "s").exec(page) ?? [];
      expect(part, heading).to.not.equal("");
      const documented = [...part.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
      const existing = get.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
      expect(documented, heading).to.have.members(existing);
    }
  });

  it("shows requests that work", async () => {
    const server = await start();
    const asked = [...page.matchAll(/http:\/\/127\.0\.0\.1:8080(\/[^\s'"]*)/g)].map(([, path = ""]) => path);

    expect(asked.length).to.be.above(5);
    for (const path of asked) expect((await server.request(path)).status, path).to.be.oneOf([200, 404]);
  });
});
