import { expect } from "chai";
import { loadConfig } from "../../src/config/index.ts";
import { AppError } from "../../src/core/errors.ts";

/** Every line of the error; none when the settings are in order. */
export function listFaults(env: NodeJS.ProcessEnv, argv: readonly string[] = []): readonly string[] {
  try {
    loadConfig({ env, argv }).close();
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(AppError).with.property("code").that.is.oneOf(["config", "usage"]);
    return (error as AppError).message.split("\n");
  }
}
