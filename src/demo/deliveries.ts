import { createHmac } from "node:crypto";
import { dayOf, worldOf, type DayOptions } from "./day.ts";
import { tellGithub } from "./github.ts";
import { tellGitlab } from "./gitlab.ts";
import { tellJenkins } from "./jenkins.ts";
import type { DemoDelivery, Provider, Run, Teller } from "./story.ts";
import { tellTekton } from "./tekton.ts";

const tellers: Readonly<Record<Provider, Teller>> = {
  gitlab: tellGitlab,
  tekton: tellTekton,
  jenkins: tellJenkins,
  github: tellGithub,
};

export interface Day {
  readonly runs: readonly Run[];
  /** In the order in which they would have been sent; nothing from after the end of the day. */
  readonly deliveries: readonly DemoDelivery[];
}

/** A day of invented runs, and what four CI systems would have sent of it by its end. */
export function inventDay(options: DayOptions): Day {
  const world = worldOf(options);
  const runs = dayOf(options).filter(({ at }) => at <= options.now);
  const deliveries = runs
    .flatMap((run) => tellers[run.plan.provider](run, world))
    .filter(({ at }) => at <= options.now)
    .toSorted((a, b) => a.at - b.at);
  return { runs, deliveries };
}

/** The header by which a sender proves that it knows the secret, each in its provider's way. */
export function proofOf({ provider, body }: DemoDelivery, secret: string): Readonly<Record<string, string>> {
  if (provider === "gitlab") return { "x-gitlab-token": secret };
  if (provider !== "github") return { authorization: `Bearer ${secret}` };
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}
