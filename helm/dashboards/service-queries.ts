/** What a process counts of itself. Its neighbours count for themselves, so sums over them are right. */
export const scope = 'job=~"$job", instance=~"$instance"';
export const deliveries = `pipegauge_deliveries_total{${scope}, source=~"$source"}`;
export const [range, step] = ["$__range", "$__rate_interval"];

/** Deliveries that ended in one of these ways, `|` between them. */
export function ended(outcomes: string): string {
  return `pipegauge_deliveries_total{${scope}, source=~"$source", outcome=~"${outcomes}"}`;
}

/** A quantile of the time to an acknowledgement, of all processes together. */
export function acknowledged(q: number, window: string): string {
  return `histogram_quantile(${q}, sum by (le) (rate(pipegauge_delivery_seconds_bucket{${scope}}[${window}])))`;
}

export const silence = 'time() - max by (source) (pipegauge_last_delivery_timestamp_seconds{source=~"$source"})';
export const deadLetters = 'max by (source) (pipegauge_dead_letters{source=~"$source"})';
