import { checkConfigCommand } from "./check-config/index.ts";
import type { Command } from "./command.ts";
import { copyCommand } from "./copy/index.ts";
import { demoCommand } from "./demo/index.ts";
import { exporterCommand } from "./exporter/index.ts";
import { exportCommand } from "./export/index.ts";
import { completionCommand } from "./completion/index.ts";
import { deliveriesCommand } from "./deliveries/index.ts";
import { insightsCommand } from "./insights/index.ts";
import { jobsCommand } from "./jobs/index.ts";
import { openCommand } from "./open/index.ts";
import { reportCommand } from "./report/index.ts";
import { runCommand } from "./run/index.ts";
import { runsCommand } from "./runs/index.ts";
import { statusCommand } from "./status/index.ts";
import { helpCommand } from "./help/index.ts";
import { healthcheckCommand } from "./healthcheck/index.ts";
import { hooksCommand } from "./hooks/index.ts";
import { importCommand } from "./import/index.ts";
import { migrateCommand } from "./migrate/index.ts";
import { rebuildCommand } from "./rebuild/index.ts";
import { replayCommand } from "./replay/index.ts";
import { retireCommand } from "./retire/index.ts";
import { serveCommand } from "./serve/index.ts";
import { sidecarCommand } from "./sidecar/index.ts";

/**
 * Every subcommand, in the order of the help. The first one needs no name. Each file that is imported here describes its
 * command; what the command does is loaded when it is called.
 */
export const commands: readonly [Command, ...Command[]] = [
  serveCommand,
  migrateCommand,
  replayCommand,
  importCommand,
  rebuildCommand,
  retireCommand,
  copyCommand,
  exportCommand,
  checkConfigCommand,
  healthcheckCommand,
  hooksCommand,
  exporterCommand,
  sidecarCommand,
  demoCommand,
  statusCommand,
  runsCommand,
  runCommand,
  jobsCommand,
  insightsCommand,
  deliveriesCommand,
  reportCommand,
  openCommand,
  completionCommand,
  helpCommand,
];
