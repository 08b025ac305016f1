import { startThread } from "../../../src/core/store/db/worker-rpc.ts";

/** Prints how large the young generation of a thread became, in MiB. */
startThread(new URL("young-thread.ts", import.meta.url), undefined).on("message", (size: number) => console.log(size));
