import { buildApp, buildHealthApp } from "../../http/app.ts";
import { listen, stopListening, type Limits } from "../../http/server.ts";
import type { Services } from "../../http/services.ts";

/** What the server listens on. */
export interface Ports {
  readonly port: number;
  /** The additional port of the health routes, if there is one. */
  readonly healthPort: number | undefined;
  /** Waits up to `graceMillis` for open requests. The health port is closed last. */
  close(graceMillis: number): Promise<void>;
}

export async function openPorts(services: Services, limits: Partial<Limits>): Promise<Ports> {
  const { config } = services;
  const { server, port } = await listen(buildApp(services), config, limits);
  const health = await openHealth(services, limits).catch(async (error: unknown) => {
    await stopListening(server, 0);
    throw error;
  });
  return {
    port,
    healthPort: health?.port,
    async close(graceMillis) {
      await stopListening(server, graceMillis);
      if (health !== undefined) await stopListening(health.server, 0);
    },
  };
}

async function openHealth(services: Services, limits: Partial<Limits>) {
  const { healthPort, ...config } = services.config;
  return healthPort === undefined
    ? undefined
    : listen(buildHealthApp(services), { ...config, port: healthPort }, limits);
}
