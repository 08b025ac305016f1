import { getNumber, getString, isItem, type Item } from "./format.ts";

/** Why a job failed, as far as its provider reports it: its own reason, the step, the exit code. */
export function describeFailure(job: Item): string {
  const detail = isItem(job["detail"]) ? job["detail"] : {};
  const exitCode = getNumber(detail, "exit_code");
  const limit = getNumber(detail, "timeout_seconds");
  const step = getString(detail, "failed_step");
  const parts = [
    getString(job, "failure_reason"),
    step === "" ? "" : `step ${step}`,
    exitCode === undefined || exitCode === 0 ? "" : `exit code ${exitCode}`,
    limit === undefined ? "" : `over its limit of ${limit} s`,
    job["allow_failure"] === true && getString(job, "result") !== "success" ? "may fail" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
