import { getAdapter, type ProviderName } from "../../adapters/index.ts";
import { serveWriter } from "../../core/store/index.ts";
import { parseBody } from "../../ingest/unparsed-request.ts";

/** The thread of a server that parses its deliveries and writes them. */
serveWriter((context, body) => parseBody(getAdapter(context.provider as ProviderName), context, body));
