import type { ExporterSettings } from "../config/exporters.ts";

/** What an exporter's module gets. */
export interface GatherContext {
  /** The arguments after the exporter's name. */
  readonly args: readonly string[];
  /** What its entry in the configuration says under `settings`. */
  readonly settings: ExporterSettings;
  readonly debug: boolean;
}
