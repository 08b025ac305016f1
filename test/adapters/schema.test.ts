import { expect } from "chai";
import { createChecker, nullable, objectSchema } from "../../src/adapters/schema.ts";

interface Wheel {
  readonly size: number;
  readonly spokes?: number | null;
  readonly maker?: { readonly name: string } | null;
}

const size = { type: "number" } as const;
const spokes = { type: ["integer", "null"] } as const;
const text = { type: "string" } as const;
const maker = nullable(objectSchema<NonNullable<Wheel["maker"]>>({ name: text }, {}));

describe("the schema of a body", () => {
  const check = createChecker<Wheel>(objectSchema({ size }, { spokes, maker }));

  it("accepts what the interface describes, and unknown fields", () => {
    for (const wheel of [
      { size: 28 },
      { size: 28, spokes: null, maker: null },
      { size: 28, maker: { name: "a" }, colour: 1 },
    ])
      expect(check(wheel)).to.deep.equal({ ok: true, value: wheel });
  });

  const wrong: readonly (readonly [body: unknown, problem: string])[] = [
    [[], "body must be object"],
    [{}, "body must have required property 'size'"],
    [{ size: "28" }, "size must be number"],
    [{ size: 28, spokes: 3.5 }, "spokes must be integer,null"],
    [{ size: 28, maker: {} }, "maker must have required property 'name'"],
    [{ size: 28, maker: { name: null } }, "maker.name must be string"],
  ];
  for (const [body, problem] of wrong) {
    it(`names the field of ${JSON.stringify(body)}`, () => {
      expect(check(body)).to.deep.equal({ ok: false, problems: [problem] });
    });
  }
});

/** Each of these is refused by the compiler: `npm run types` fails where one is not. */
describe("a schema that does not fit its interface", () => {
  it("does not compile with a property that is misspelt, and compiles with none", () => {
    // @ts-expect-error `spoks` is misspelt
    objectSchema<Wheel>({ size }, { spoks: spokes, maker });
    // @ts-expect-error `siz` is misspelt
    objectSchema<Wheel>({ siz: size }, { spokes, maker });
    // @ts-expect-error `nam` is misspelt inside
    createChecker<Wheel>(objectSchema({ size }, { spokes, maker: nullable(objectSchema({ nam: text }, {})) }));
    objectSchema<Wheel>({ size }, { spokes, maker });
  });

  it("does not compile with a property that is missing, or optional in one of the two only", () => {
    // @ts-expect-error `spokes` would be read unchecked
    objectSchema<Wheel>({ size }, { maker });
    // @ts-expect-error `size` is required
    objectSchema<Wheel>({}, { size, spokes, maker });
    // @ts-expect-error `spokes` is optional
    objectSchema<Wheel>({ size, spokes }, { maker });
  });

  it("does not compile with another type than the property has", () => {
    // @ts-expect-error `size` is a number
    objectSchema<Wheel>({ size: text }, { spokes, maker });
    // @ts-expect-error `size` is never null
    objectSchema<Wheel>({ size: { type: ["number", "null"] } }, { spokes, maker });
    // @ts-expect-error `maker` is an object
    objectSchema<Wheel>({ size }, { spokes, maker: text });
  });
});
