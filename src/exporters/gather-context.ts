import type { ExporterSettings } from "../config/exporters.ts";

/** The second argument of an exporter's `gatherMetrics`. */
export interface GatherContext {
  /** The arguments after the exporter's name. */
  readonly args: readonly string[];
  /** The `settings` of its entry in the configuration. */
  readonly settings: ExporterSettings;
  readonly debug: boolean;
}
