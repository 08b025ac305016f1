import { readFileSync } from "node:fs";
import { adapters } from "../adapters/index.ts";
import { succeed, type Result } from "../core/result.ts";
import { describeReadError } from "./read-error.ts";
import type { SecretFiles } from "./secret-files.ts";
import type { Secrets, Split } from "./secrets.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import {
  configVariable,
  providerTokenVariables,
  secretVariables,
  serverVariable,
  settings,
  getSourceVariable,
} from "./settings.ts";

/** A text, and the name of the variable that it came from. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Reads settings from the environment. Faults go into the list that it was created with. */
export interface Environment {
  /** The value of a variable, or the contents of the file that `<variable>_FILE` names. */
  text(variable: string): NamedText | undefined;
  /** Secrets of a variable, or of a file that is read again when it changes; `undefined` where neither is set. */
  secrets(variable: string, split: Split): Secrets | undefined;
  /** Whether a variable is set, or its `_FILE`. */
  isSet(variable: string): boolean;
  /** Whether a variable of exactly this name is set. */
  isGiven(name: string): boolean;
}

const prefix = "PIPEGAUGE_";

/** Every variable that is read; all except paths also exist with `_FILE`. */
export const variables: readonly string[] = [
  ...Object.values(settings).flatMap(({ variable, alias }) => (alias === undefined ? [variable] : [variable, alias])),
  configVariable,
  serverVariable,
  ...Object.values(secretVariables),
  ...Object.values(providerTokenVariables),
  ...adapters.map(({ name }) => getSourceVariable(name)),
];

export function readEnvironment(env: NodeJS.ProcessEnv, files: SecretFiles, faults: string[]): Environment {
  const own = Object.fromEntries(Object.entries(env).filter(([name, text]) => !isServiceLink(name, text ?? "")));
  faults.push(...findUnknownNames(Object.keys(own)));
  const isSet = (variable: string) => listSpellings(variable).some((name) => own[name] !== undefined);
  return {
    isSet,
    isGiven: (name) => own[name] !== undefined,
    text(variable) {
      const given = readVariable(own, variable, faults);
      if (given === undefined || given.name === variable) return given;
      try {
        const text = readFileSync(given.text, "utf8").trim();
        if (text !== "") return { name: given.name, text };
        faults.push(`${given.name}: ${given.text} is empty`);
      } catch (error) {
        faults.push(`${given.name}: ${given.text} ${describeReadError(error)}`);
      }
      return undefined;
    },
    secrets(variable, split) {
      const given = readVariable(own, variable, faults);
      if (given === undefined) return isSet(variable) ? () => [] : undefined;
      const read = given.name === variable ? splitText(given.text, split) : files.read(given.text, split);
      if (read.ok) return read.value;
      faults.push(`${given.name}${given.name === variable ? "" : `: ${given.text}`} ${read.problems.join("; ")}`);
      return () => [];
    },
  };
}

function splitText(text: string, split: Split): Result<Secrets> {
  const read = split(text);
  return read.ok ? succeed(() => read.value) : read;
}

/** A variable and its `_FILE`; one that is a path itself has none. */
function listSpellings(variable: string): readonly string[] {
  const isPath = variable === configVariable || variable.endsWith("_FILE");
  return isPath ? [variable] : [variable, `${variable}_FILE`];
}

function readVariable(env: NodeJS.ProcessEnv, variable: string, faults: string[]): NamedText | undefined {
  const set = listSpellings(variable).flatMap((name) => {
    const text = env[name];
    return text === undefined ? [] : [{ name, text: text.trim() }];
  });
  const [first, second] = set;
  if (first !== undefined && second !== undefined) {
    faults.push(`${variable} and ${variable}_FILE are both set: remove one of them`);
    return undefined;
  }
  if (first?.text !== "") return first;
  faults.push(`${first.name} is empty: give it a value or remove it`);
  return undefined;
}

function findUnknownNames(names: readonly string[]): string[] {
  const spellings = new Set(variables.flatMap(listSpellings));
  return names
    .filter((name) => name.startsWith(prefix) && !spellings.has(name))
    .toSorted()
    .map((name) => `${name} is not a setting: ${suggestName(name, [...spellings])}`);
}

function suggestName(name: string, spellings: readonly string[]): string {
  if (name === `${configVariable}_FILE`) return `${configVariable} is the path of the file already`;
  const stems = spellings
    .filter((candidate) => candidate.startsWith(prefix))
    .map((candidate) => candidate.slice(prefix.length));
  const meant = didYouMean(name.slice(prefix.length), stems);
  return meant === undefined ? "docs/configuration.md lists them all" : `did you mean ${prefix}${meant}?`;
}

const linkName =
  /^PIPEGAUGE_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/**
 * Kubernetes describes every Service of the namespace to every container in variables that begin with its name; one
 * called `pipegauge` sets PIPEGAUGE_PORT to `tcp://10.0.0.1:8080`, among others. They are not settings.
 * https://kubernetes.io/docs/tutorials/services/connect-applications-service/#accessing-the-service
 */
function isServiceLink(name: string, text: string): boolean {
  return linkName.test(name) || (/^PIPEGAUGE_(?:[A-Z0-9_]+_)?PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(text));
}
