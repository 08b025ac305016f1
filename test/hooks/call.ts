import { hooks } from "../../src/commands/hooks/hooks.ts";
import { hookFlags } from "../../src/commands/hooks/parse-arguments.ts";
import { loadConfig } from "../../src/config/index.ts";
import { commonFlags, configFlags, readFlags } from "../../src/config/flags.ts";

export interface Called {
  readonly code: number;
  /** The output, line by line. */
  readonly lines: readonly string[];
}

/** `pipegauge hooks`, in this process. */
export async function callHooks(
  provider: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Called> {
  const config = loadConfig({ env, argv: args, flags: hookFlags });
  let text = "";
  const write = (more: string) => (text += more);
  try {
    const flags = readFlags(args, { ...configFlags, ...commonFlags, ...hookFlags });
    const code = await hooks(provider, config, flags, { write: (more) => void write(more), pauseMillis: 10 });
    return { code, lines: text.trimEnd().split("\n") };
  } finally {
    config.close();
  }
}

/** The message of what a call throws. */
export async function readRefusal(call: Promise<Called>): Promise<string> {
  try {
    const { lines } = await call;
    throw new Error(`it was not refused: ${lines.join("\n")}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
