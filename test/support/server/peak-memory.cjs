// @ts-check

/** For `--require`: a program that tells at its end how much memory it ever held, as a line `peak <kilobytes>` on stderr. */
process.on("exit", () => {
  process.stderr.write(`peak ${process.resourceUsage().maxRSS}\n`);
});
