import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Context } from "mocha";
import { freePort } from "../port.ts";
import { requireTool } from "../tools.ts";
import { until } from "../wait.ts";

export interface Pushgateway {
  /** `HOST:PORT` */
  readonly address: string;
  /** Its exposition. */
  shown(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a real Pushgateway that keeps nothing on disk: `startPushgateway.call(this)` in a hook. */
export async function startPushgateway(this: Context): Promise<Pushgateway> {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  const tool = requireTool.call(this, "prometheus-pushgateway");
  const address = `127.0.0.1:${await freePort()}`;
  const gateway = spawn(tool, [`--web.listen-address=${address}`, "--persistence.file="], { stdio: "ignore" });
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, "the Pushgateway's start");
  return {
    address,
    shown: async () => (await fetch(`http://${address}/metrics`)).text(),
    async stop() {
      const ended = once(gateway, "exit");
      gateway.kill();
      await ended;
    },
  };
}
