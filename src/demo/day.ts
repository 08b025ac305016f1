import { authors, catalogue, topics } from "./catalogue.ts";
import { getActivity, hourMillis, isBroken } from "./hours.ts";
import { hashToHex, createRandom, floorToSecond, type Random } from "./random.ts";
import { simulate } from "./simulate.ts";
import type { PipelinePlan, Run, Start } from "./story.ts";
import { dayMillis, type Millis } from "../core/time.ts";

export interface DayOptions {
  readonly seed: number;
  /** The end of the day. */
  readonly now: Millis;
  /** Runs that begin; what people start again comes on top. */
  readonly runs: number;
}

/** An id of the day, different for other seeds and times, so that a second demo has runs of its own. */
export function createWorldId({ seed, now }: DayOptions): string {
  return `${seed}/${floorToSecond(now)}`;
}

/** The runs of the 24 hours before `now`, in the order in which they began. The same options give the same day. */
export function simulateDay(options: DayOptions): Run[] {
  const world = createWorldId(options);
  const random = createRandom(world);
  const now = floorToSecond(options.now);
  const begun = beginnings(options.runs, now, random)
    .toSorted((a, b) => a.at - b.at)
    .map(({ plan, at, scheduled }, index) => createStart(plan, at, scheduled, index, world, random));
  return simulate(linkPushes(begun, world), random);
}

/** Gives each push to a default branch the commit of the push before it. */
function linkPushes(starts: readonly Start[], world: string): Start[] {
  const heads = new Map<string, string>();
  return starts.map((start) => {
    if (start.cause !== "push") return start;
    const { project } = start.plan;
    const before = heads.get(project) ?? hashToHex(`${world}/before/${project}`, 40);
    heads.set(project, start.sha);
    return { ...start, before };
  });
}

interface Beginning {
  readonly plan: PipelinePlan;
  readonly at: Millis;
  readonly scheduled: boolean;
}

function beginnings(runs: number, now: Millis, random: Random): Beginning[] {
  const nightly = catalogue.flatMap((plan) =>
    plan.nightly === undefined ? [] : [{ plan, at: lastTimeAt(plan.nightly, now), scheduled: true }],
  );
  const daily = catalogue.filter(({ share }) => share > 0);
  // Every pipeline runs before any runs twice, so that a short day has all providers in it.
  const rest = Array.from({ length: runs }, (_, i) => {
    const plan = daily[i] ?? byShare(daily, random);
    return { plan, at: someTime(now, random), scheduled: false };
  });
  return [...nightly, ...rest].slice(0, runs);
}

/** The latest full hour of that number that is over. */
function lastTimeAt(hour: number, now: Millis): Millis {
  const today = Math.floor(now / dayMillis) * dayMillis + hour * hourMillis;
  return today < now ? today : today - dayMillis;
}

function byShare(plans: readonly PipelinePlan[], random: Random): PipelinePlan {
  const all = plans.reduce((sum, { share }) => sum + share, 0);
  let left = random.next() * all;
  return plans.find(({ share }) => (left -= share) < 0) ?? catalogue[0];
}

function someTime(now: Millis, random: Random): Millis {
  for (;;) {
    const at = floorToSecond(now - random.next() * dayMillis);
    if (random.chance(getActivity(at))) return at;
  }
}

function createStart(
  plan: PipelinePlan,
  at: Millis,
  scheduled: boolean,
  index: number,
  world: string,
  random: Random,
): Start {
  const [topic, title] = random.pick(topics);
  // While the default branch is broken, people push to it to repair it.
  const isDefault = scheduled || plan.mainOnly === true || isBroken(plan, at) || random.chance(0.4);
  return {
    index,
    plan,
    at,
    cause: scheduled ? "schedule" : isDefault ? "push" : "change",
    branch: isDefault ? "main" : topic,
    isDefault,
    change: 300 + random.between(1, 90),
    sha: hashToHex(`${world}/commit/${index}`, 40),
    before: undefined,
    author: random.pick(authors),
    title: isDefault && isBroken(plan, at) ? "Try to mend the build" : title,
  };
}
