import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Ticks of /proc, which Linux fixes at 100 a second for user space: https://man7.org/linux/man-pages/man5/proc.5.html */
const ticksPerSecond = 100;

/** The most memory the process ever held (VmHWM), in megabytes of 1,000,000 bytes. */
export function peakMegabytes(pid: number): number {
  return memoryMegabytes(pid, "VmHWM");
}

/** The memory the process holds now (VmRSS), in megabytes of 1,000,000 bytes. */
export function residentMegabytes(pid: number): number {
  return memoryMegabytes(pid, "VmRSS");
}

function memoryMegabytes(pid: number, what: string): number {
  const [, kibibytes] =
    new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Bytes that the process has made to be written to disks: https://man7.org/linux/man-pages/man5/proc_pid_io.5.html; 0 where the kernel does not count them. */
export function writtenBytes(pid: number): number {
  const [, bytes = "0"] = /^write_bytes: (\d+)$/m.exec(readIfThere(`/proc/${pid}/io`) ?? "") ?? [];
  return Number(bytes);
}

/** How many files, sockets and other things the process has open. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** States of a connection in which the side that listens has not closed it: ESTABLISHED, CLOSE_WAIT. */
const openStates = new Set(["01", "08"]);

/** Connections to a port of 127.0.0.1 that the server still holds: https://docs.kernel.org/networking/proc_net_tcp.html */
export function connectionsTo(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return lines.filter((line) => {
    const [, address, , state = ""] = line.trim().split(/\s+/);
    return address === local && openStates.has(state);
  }).length;
}

/** Time that all threads of a process have run, in the kernel and out of it. `NaN` for one that has ended. */
export function cpuSeconds(pid: number): number {
  return readStat(pid)?.own ?? NaN;
}

/** Seconds that each thread of a process has run so far, exact to less than a microsecond; by the thread's id. */
export function threadSeconds(pid: number): ReadonlyMap<number, number> {
  const seconds = new Map<number, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // The first field is the time on a processor in nanoseconds: https://docs.kernel.org/scheduler/sched-stats.html
    const stat = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
    if (stat !== undefined) seconds.set(Number(thread), Number(stat.split(" ", 1)[0]) / 1e9);
  }
  return seconds;
}

/** The same of a process together with its children, those that have ended included. */
export function familySeconds(pid: number): number {
  const parent = readStat(pid);
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = all.map((name) => readStat(Number(name))).filter((stat) => stat?.parent === pid);
  return children.reduce((sum, child) => sum + (child?.own ?? 0), (parent?.own ?? NaN) + (parent?.ended ?? NaN));
}

interface Stat {
  readonly parent: number;
  /** Seconds of processor time, of the process and of its children that have ended. */
  readonly own: number;
  readonly ended: number;
}

/** `undefined`: there is no such process any more. */
function readStat(pid: number): Stat | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // After the name, which may hold anything: state is the third field, ppid the 4th, utime to cstime are the 14th to 17th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map((field) => Number(field) / ticksPerSecond);
  return {
    parent: Number(fields[1]),
    own: (user ?? NaN) + (system ?? NaN),
    ended: (childUser ?? NaN) + (childSystem ?? NaN),
  };
}

/** Processes end while one looks: their files are gone, or cannot be read any more (ESRCH). */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
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
