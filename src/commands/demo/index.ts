import type { Command } from "../command.ts";
import { demoFlags } from "./parse-arguments.ts";

export const demoCommand: Command = {
  name: "demo",
  summary: "send a day of invented runs of every provider to a server, or serve 60 days of them",
  examples: ["demo --serve", "demo", "demo --url https://pipegauge.example.com --runs 1000 --seed 2"],
  settings: [],
  flags: demoFlags,
  run: async (args) => (await import("./demo.ts")).demo(args),
};
