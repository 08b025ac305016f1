/** What hands the clock of `faketime` on to a process: https://github.com/wolfcw/libfaketime#readme */
const clock = /^(LD_PRELOAD|FAKETIME.*)$/;

/** The environment of a process under test: `own`, where programs are found, and the clock that this process has. */
export function processEnvironment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(process.env)) if (clock.test(name)) env[name] = value;
  return { ...env, PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...own };
}
