// @ts-check
// oxlint-disable unicorn/require-post-message-target-origin, unicorn/prefer-add-event-listener -- threads, not windows

/**
 * For `--require`: a program that tells on SIGUSR2 what its threads hold in memory once all garbage is collected, as a line
 * `memory <bytes> in <n> threads` on stderr. CommonJS, because Node hands only such modules on to threads.
 */
const { BroadcastChannel, isMainThread } = require("node:worker_threads");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

setFlagsFromString("--expose-gc");
/** @type {() => void} */
const collect = runInNewContext("gc");
const question = "how much";
const channel = new BroadcastChannel("memory-probe");

/** Twice: what the first round finalises is garbage only then. */
function heldBytes() {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In the main thread: asks all others, and tells once they have answered. */
function ask() {
  let threads = 0;
  /** @type {number[]} */
  let answers = [];
  const tell = () => {
    if (answers.length < threads) return;
    const bytes = answers.reduce((sum, one) => sum + one, heldBytes());
    process.stderr.write(`memory ${bytes} in ${threads + 1} threads\n`);
  };
  channel.onmessage = ({ data }) => {
    if (typeof data === "number") {
      answers.push(data);
      tell();
    } else threads++;
  };
  process.on("SIGUSR2", () => {
    answers = [];
    channel.postMessage(question);
    if (threads === 0) tell();
  });
}

/** In every other one. It hears the answers of the others, too. */
function answer() {
  channel.onmessage = ({ data }) => {
    if (data === question) channel.postMessage(heldBytes());
  };
  channel.postMessage("here");
}

if (isMainThread) {
  ask();
  // To listen is to be referenced, so this comes last. The other threads end with this one.
  channel.unref();
} else answer();
