import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Ticks of /proc, which Linux fixes at 100 a second for user space: https://man7.org/linux/man-pages/man5/proc.5.html */
const ticksPerSecond = 100;

/** The most memory the process ever held (VmHWM), in megabytes of 1,000,000 bytes. */
export function peakMegabytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Time that all threads of a process have run, in the kernel and out of it. `NaN` for one that has ended. */
export function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return NaN;
  const stat = readFileSync(file, "utf8");
  // After the name, which may hold anything: state is the third field, utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/**
 * Time that all cores together have worked for processes, or were taken by the hypervisor, since the machine started.
 * Without interrupts: most of them are the network traffic of the load itself, and no process is charged for them.
 */
function machineSeconds(): number {
  const fields = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = fields;
  return (user + nice + system + steal) / ticksPerSecond;
}

/**
 * Starts to watch who uses the machine. What it returns tells which part of all cores' time went to others than this
 * process, the given ones, and what ran `besides` seconds: more than a little, and no figure holds.
 */
export function watchOthers(pids: readonly number[]): (besides?: number) => number {
  const began = performance.now();
  const own = () => process.cpuUsage();
  const ours = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), (own().user + own().system) / 1e6);
  const [machine, measured] = [machineSeconds(), ours()];
  return (besides = 0) => {
    const others = machineSeconds() - machine - (ours() - measured) - besides;
    return Math.max(0, others) / ((performance.now() - began) / 1000) / cpus().length;
  };
}
