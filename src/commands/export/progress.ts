/** The state of an export. */
export interface ExportProgress {
  readonly what: string;
  /** The day that is being written. */
  readonly day: string;
  /** Rows that were written. */
  readonly rows: number;
  /** How much of the work is done, from 0 to 1. */
  readonly share: number;
  readonly elapsedMillis: number;
}

/** Shows progress on a terminal as one line with a bar that is drawn again and again; elsewhere a line for each day. */
export interface ProgressDisplay {
  show(progress: ExportProgress): void;
  /** A file was written. */
  finishDay(what: string, day: string, rows: number, bytes: number): void;
  /** Removes the bar. */
  end(): void;
}

/** As much of a stream as is written to. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const redrawMillis = 100;

export function createProgressDisplay(terminal: Terminal): ProgressDisplay {
  if (terminal.isTTY !== true) {
    return {
      show: () => undefined,
      finishDay: (what, day, rows, bytes) => void terminal.write(`${what} ${day}: ${rows} rows, ${bytes} bytes\n`),
      end: () => undefined,
    };
  }
  let drawnAt = -Infinity;
  return {
    show(progress) {
      if (progress.elapsedMillis - drawnAt < redrawMillis) return;
      drawnAt = progress.elapsedMillis;
      terminal.write(`\r${formatBar(progress, (terminal.columns ?? 80) - 1)}\u001b[K`);
    },
    finishDay: () => undefined,
    end: () => void terminal.write("\r\u001b[K"),
  };
}

const barWidth = 20;

/** `jobs 2026-11-20 [#####---------------]  25 %  81,234 rows  40,617 rows/s  6 s left`, at most so wide. */
export function formatBar({ what, day, rows, share, elapsedMillis }: ExportProgress, width: number): string {
  const done = Math.min(1, Math.max(0, share));
  const filled = Math.floor(done * barWidth);
  const bar = "#".repeat(filled) + "-".repeat(barWidth - filled);
  const rate = elapsedMillis === 0 ? 0 : Math.round((rows / elapsedMillis) * 1000);
  const left = done === 0 ? "" : `  ${formatSeconds(((elapsedMillis / 1000) * (1 - done)) / done)} left`;
  const percent = String(Math.floor(done * 100)).padStart(3);
  return `${what} ${day} [${bar}] ${percent} %  ${group(rows)} rows  ${group(rate)} rows/s${left}`.slice(0, width);
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 1234567 → 1,234,567 */
function group(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}
