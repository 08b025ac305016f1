import { createHmac } from "node:crypto";
import { simulateDay, createWorldId, type DayOptions } from "./day.ts";
import { createGithubDeliveries } from "./github.ts";
import { createGitlabDeliveries } from "./gitlab.ts";
import { createJenkinsDeliveries } from "./jenkins.ts";
import type { DemoDelivery, Provider, Run, DeliveryFactory } from "./story.ts";
import { createTektonDeliveries } from "./tekton.ts";

const deliveryFactories: Readonly<Record<Provider, DeliveryFactory>> = {
  gitlab: createGitlabDeliveries,
  tekton: createTektonDeliveries,
  jenkins: createJenkinsDeliveries,
  github: createGithubDeliveries,
};

export interface Day {
  readonly runs: readonly Run[];
  /** In the order in which they would have been sent; nothing from after the end of the day. */
  readonly deliveries: readonly DemoDelivery[];
}

/** A day of invented runs, and what four CI systems would have sent of it by its end. */
export function inventDay(options: DayOptions): Day {
  const world = createWorldId(options);
  const runs = simulateDay(options).filter(({ at }) => at <= options.now);
  const deliveries = runs
    .flatMap((run) => deliveryFactories[run.plan.provider](run, world))
    .filter(({ at }) => at <= options.now)
    .toSorted((a, b) => a.at - b.at);
  return { runs, deliveries };
}

/** The header with the secret or signature, as each provider sends it. */
export function createAuthHeaders({ provider, body }: DemoDelivery, secret: string): Readonly<Record<string, string>> {
  if (provider === "gitlab") return { "x-gitlab-token": secret };
  if (provider !== "github") return { authorization: `Bearer ${secret}` };
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}
