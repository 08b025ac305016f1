import { authors, catalogue, topics } from "./catalogue.ts";
import { getActivity, hourMillis, isBroken } from "./hours.ts";
import { hashToHex, createRandom, floorToSecond, type Random } from "./random.ts";
import { simulate } from "./simulate.ts";
import type { PipelinePlan, Run, Start } from "./story.ts";
import { createWorld, nameLastCommit, type World, type WorldOptions } from "./world.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** A run, and the date that it is part of. */
export interface DatedRun {
  readonly run: Run;
  readonly world: World;
}

export interface DateOptions extends WorldOptions {
  /** The part of its runs that a date has, by its midnight; a whole one where it is left out. */
  readonly getShare?: (midnight: Millis) => number;
}

/** The runs that began after a moment and until another one, with what repeats them at whatever time: parts of each date's. */
export function simulateSpan(options: DateOptions, from: Millis, until: Millis): DatedRun[] {
  const first = Math.floor((from + 1) / dayMillis);
  const dates = Math.floor(until / dayMillis) - first + 1;
  return Array.from({ length: dates }, (_, i) => createWorld(options, (first + i) * dayMillis))
    .flatMap((world) => simulateDate(options, world).map((run) => ({ run, world })))
    .filter(({ run: { at, repeats } }) => (repeats?.at ?? at) > from && (repeats?.at ?? at) <= until);
}

/** The runs of a date. All of it is invented before a part is taken: what happened by noon does not depend on who asks when. */
function simulateDate(options: DateOptions, world: World): Run[] {
  const random = createRandom(world.key);
  const begun = beginnings(options, world)
    .toSorted((a, b) => a.at - b.at)
    .map((beginning, index) => createStart(beginning, index, world, random));
  return simulate(linkPushes(begun, world), random);
}

/** Gives each push to a default branch the commit of the push before it, over midnight too. */
function linkPushes(starts: readonly Start[], world: World): Start[] {
  const isPush = ({ cause }: Start) => cause === "push";
  const latest = new Map(starts.filter(isPush).map((start) => [start.plan.project, start.index]));
  const heads = new Map<string, string>();
  return starts.map((start) => {
    if (!isPush(start)) return start;
    const { project } = start.plan;
    const before = heads.get(project) ?? hashToHex(nameLastCommit(world.keyBefore, project), 40);
    const isLast = latest.get(project) === start.index;
    const sha = isLast ? hashToHex(nameLastCommit(world.key, project), 40) : start.sha;
    heads.set(project, sha);
    return { ...start, sha, before };
  });
}

interface Beginning {
  readonly plan: PipelinePlan;
  readonly at: Millis;
  readonly scheduled: boolean;
}

/** The same times on every date, so that any 24 hours have the same number of runs. */
function beginnings({ seed, runs, getShare }: DateOptions, { midnight }: World): Beginning[] {
  const random = createRandom(`${seed}/${runs}/times`);
  const nightly = catalogue.flatMap((plan) =>
    plan.nightly === undefined ? [] : [{ plan, at: midnight + plan.nightly * hourMillis, scheduled: true }],
  );
  const daily = catalogue.filter(({ share }) => share > 0);
  // Every pipeline runs before any runs twice, so that a short day has all providers in it.
  const rest = Array.from({ length: runs }, (_, i) => {
    const plan = daily[i] ?? byShare(daily, random);
    return { plan, at: midnight + someTime(random), scheduled: false };
  });
  return [...nightly, ...rest].slice(0, Math.max(1, Math.round(runs * (getShare?.(midnight) ?? 1))));
}

function byShare(plans: readonly PipelinePlan[], random: Random): PipelinePlan {
  const all = plans.reduce((sum, { share }) => sum + share, 0);
  let left = random.next() * all;
  return plans.find(({ share }) => (left -= share) < 0) ?? catalogue[0];
}

/** A time of day. */
function someTime(random: Random): Millis {
  for (;;) {
    const at = floorToSecond(random.next() * dayMillis);
    if (random.chance(getActivity(at))) return at;
  }
}

function createStart({ plan, at, scheduled }: Beginning, index: number, world: World, random: Random): Start {
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
    sha: hashToHex(`${world.key}/commit/${index}`, 40),
    before: undefined,
    author: random.pick(authors),
    title: isDefault && isBroken(plan, at) ? "Try to mend the build" : title,
  };
}
