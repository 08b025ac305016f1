import { createHmac } from "node:crypto";
import { simulateSpan, type DateOptions } from "./day.ts";
import { createGithubDeliveries } from "./github.ts";
import { createGitlabDeliveries } from "./gitlab.ts";
import { createJenkinsDeliveries } from "./jenkins.ts";
import type { DemoDelivery, Provider, Run, DeliveryFactory } from "./story.ts";
import { createTektonDeliveries } from "./tekton.ts";
import { dayMillis, type Millis } from "../core/time.ts";

const deliveryFactories: Readonly<Record<Provider, DeliveryFactory>> = {
  gitlab: createGitlabDeliveries,
  tekton: createTektonDeliveries,
  jenkins: createJenkinsDeliveries,
  github: createGithubDeliveries,
};

export interface DayOptions extends DateOptions {
  /** The end of the 24 hours. */
  readonly now: Millis;
}

interface Span {
  readonly from: Millis;
  readonly until: Millis;
  /** Deliveries from after this moment are left out. */
  readonly now: Millis;
}

export interface Day {
  readonly runs: readonly Run[];
  /** In the order in which they would have been sent; nothing from after the end of the day. */
  readonly deliveries: readonly DemoDelivery[];
}

/** The invented runs of the last 24 hours, and what four CI systems would have sent of them by now. */
export function inventDay({ now, ...options }: DayOptions): Day {
  return inventSpan(options, { from: now - dayMillis, until: now, now });
}

/** The same of the runs that began after a moment and until another one. */
export function inventSpan(options: DateOptions, { from, until, now }: Span): Day {
  const dated = simulateSpan(options, from, until).filter(({ run }) => run.at <= now);
  const deliveries = dated
    .flatMap(({ run, world }) => deliveryFactories[run.plan.provider](run, world))
    .filter(({ at }) => at <= now)
    .toSorted((a, b) => a.at - b.at);
  return { runs: dated.map(({ run }) => run), deliveries };
}

/** The header with the secret or signature, as each provider sends it. */
export function createAuthHeaders({ provider, body }: DemoDelivery, secret: string): Readonly<Record<string, string>> {
  if (provider === "gitlab") return { "x-gitlab-token": secret };
  if (provider !== "github") return { authorization: `Bearer ${secret}` };
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}
