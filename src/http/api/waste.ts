import { causes } from "../../answers/job-causes.ts";
import { wasteDefinition } from "../../answers/waste.ts";
import { computeWastedSeconds, wasteDimensions, type Waste } from "../../answers/waste-groups.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";
import { oneOfOr, someOfOr } from "./parameters.ts";
import { toIsoDate } from "./summary.ts";

const sortings = ["waste", "total", "cost"] as const;

/** What items are sorted by; equal ones stay in the order of the answer. */
const sortKeys: Readonly<Record<(typeof sortings)[number], (item: Waste) => number>> = {
  waste: computeWastedSeconds,
  total: ({ totalSeconds }) => totalSeconds,
  cost: ({ cost }) => cost ?? 0,
};

const waste = f.defineView<Waste>([
  ...wasteDimensions.map(
    (name): f.Field<Waste> => [
      name,
      ({ names }) => (name === "day" && typeof names.day === "number" ? toIsoDate(names.day) : names[name]),
      name === "day" ? { ...f.text, description: "UTC" } : f.nullableText,
      "optional",
    ],
  ),
  ["jobs", ({ jobs }) => jobs, { ...f.count, description: "Jobs with a duration" }],
  ["total_seconds", ({ totalSeconds }) => totalSeconds, { ...f.seconds, description: "The sum of the seconds below" }],
  ...causes.map((cause): f.Field<Waste> => [`${cause}_seconds`, ({ seconds }) => seconds[cause], f.seconds]),
  ["cost", ({ cost }) => cost, { ...f.cost, description: "Of all jobs that have a price; null where none has" }],
  ["wasted_cost", ({ wastedCost }) => wastedCost, { ...f.cost, description: "The part of cost that was not useful" }],
  [
    "unpriced_seconds",
    ({ unpricedSeconds }) => unpricedSeconds,
    { ...f.seconds, description: "Of total_seconds: without a price" },
  ],
  [
    "run_ids",
    ({ runIds }) => runIds,
    { type: "array", items: f.positive, description: "The runs that wasted most, the worst first, at most 10" },
  ],
]);

export const wasteInsight = defineInsight({
  name: "waste",
  id: "listWaste",
  summary: "What the time of jobs was spent for, and what it cost",
  definition: wasteDefinition,
  parameters: {
    by: someOfOr(wasteDimensions, ["project"], "Dimensions to group by, separated by commas; days are UTC"),
    sort: oneOfOr(sortings, "waste", "Sort order (descending): seconds that were not useful, all seconds, or cost"),
  },
  item: waste,
  schema: "Waste",
  async find({ store, config: { prices } }, query, { by, sort }) {
    const { items, ...sample } = await store.read("waste", { ...query, by, prices });
    return { ...sample, items: items.toSorted((a, b) => sortKeys[sort](b) - sortKeys[sort](a)) };
  },
});
