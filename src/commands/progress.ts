/** How far a command is with a part of its work. */
export interface Progress {
  /** What is under way: `jobs 2026-11-20`. */
  readonly what: string;
  /** What is done of it, and what there is in all where that is certain. */
  readonly done: number;
  readonly all?: number;
  /** `rows`. */
  readonly unit: string;
  /** How much of the work is done, from 0 to 1; left out: `done` of `all`. */
  readonly share?: number;
  /** Parts that share a rate and a remaining time; left out: each `what` has its own. */
  readonly group?: string;
}

/** Shows progress on a terminal as one line that is drawn again and again; elsewhere as a line every ten seconds. */
export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** A line where there is no terminal, at once: a part of the work begins or ends. */
  readonly note: (line: string) => void;
  /** Removes the line of the terminal. */
  readonly end: () => void;
}

/** As much of a stream as is written to. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const redrawMillis = 100;
const lineMillis = 10_000;

/** `clock` is monotonic, in milliseconds. */
export function createProgressDisplay(terminal: Terminal, clock = () => performance.now()): ProgressDisplay {
  const isTerminal = terminal.isTTY === true;
  let [begin, shownAt] = [{ group: "", at: 0, done: 0, share: 0 }, -Infinity];
  return {
    show(progress) {
      const [now, group] = [clock(), progress.group ?? progress.what];
      const share = computeShare(progress);
      if (group !== begin.group) {
        begin = { group, at: now, done: progress.done, share };
        // Elsewhere the first line comes once a rate is certain.
        shownAt = isTerminal ? -Infinity : now;
      }
      if (now - shownAt < (isTerminal ? redrawMillis : lineMillis)) return;
      shownAt = now;
      const pace = { millis: now - begin.at, done: progress.done - begin.done, share: share - begin.share };
      if (isTerminal) terminal.write(`\r${formatBar(progress, pace).slice(0, (terminal.columns ?? 80) - 1)}\u001b[K`);
      else terminal.write(`${formatProgress(progress, pace)}\n`);
    },
    note: (line) => void (isTerminal || terminal.write(`${line}\n`)),
    end: () => void (isTerminal && terminal.write("\r\u001b[K")),
  };
}

/** What was done since the group began. A command that goes on where it was interrupted begins with a share that is done. */
export interface Pace {
  readonly millis: number;
  readonly done: number;
  readonly share: number;
}

const barWidth = 20;

/** `jobs 2026-11-20 [#####---------------]  25 %  81,234 rows  40,617 rows/s  6 s left` */
export function formatBar(progress: Progress, pace: Pace): string {
  const share = computeShare(progress);
  const filled = Math.floor(share * barWidth);
  const bar = "#".repeat(filled) + "-".repeat(barWidth - filled);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${progress.what} [${bar}] ${percent} %  ${listFigures(progress, pace).join("  ")}`;
}

/** `jobs 2026-11-20: 25 %, 81,234 rows, 40,617 rows/s, 6 s left` */
export function formatProgress(progress: Progress, pace: Pace): string {
  return `${progress.what}: ${[`${Math.floor(computeShare(progress) * 100)} %`, ...listFigures(progress, pace)].join(", ")}`;
}

function computeShare({ share, done, all }: Progress): number {
  return Math.min(1, Math.max(0, share ?? (all === undefined || all === 0 ? 0 : done / all)));
}

function listFigures(progress: Progress, pace: Pace): readonly string[] {
  const { done, all, unit } = progress;
  const rate = pace.millis === 0 ? 0 : (pace.done / pace.millis) * 1000;
  const left = 1 - computeShare(progress);
  return [
    `${groupDigits(done)}${all === undefined ? "" : ` of ${groupDigits(all)}`} ${unit}`,
    `${rate > 0 && rate < 10 ? rate.toFixed(1) : groupDigits(Math.round(rate))} ${unit}/s`,
    ...(pace.share <= 0 ? [] : [`${formatSeconds(((pace.millis / 1000) * left) / pace.share)} left`]),
  ];
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 1234567 → 1,234,567 */
function groupDigits(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}
