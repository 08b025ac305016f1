import type { Context } from "koa";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns, runsParameters } from "../api/runs.ts";
import type { Services } from "../services.ts";
import { toQuery } from "./links.ts";

const parse = createParameterParser({ native_id: runsParameters.native_id, source: runsParameters.source });

/**
 * From the provider's id of a run, which exemplars have as `run_id`, to the view of the run. Ids are unique in a source alone: where several
 * runs have this one, or none has, it leads to the list of runs with this filter. Throws `invalid` for wrong parameters.
 */
export async function findRunAddress(ctx: Context, services: Services): Promise<string> {
  const { native_id, source } = parse(new URLSearchParams(ctx.querystring), services.clock());
  const { items } = await findRuns(services, { native_id, source, limit: 2 });
  const [run] = items;
  return run !== undefined && items.length === 1 ? `runs/${run.id}` : `runs${toQuery({ native_id, source })}`;
}
