/** For use in a `describe`: `open`, except that everything it opened is closed after each test. */
export function closeAfterEach<Args extends readonly unknown[], Opened extends { close(): Promise<void> }>(
  open: (...args: Args) => Promise<Opened>,
): (...args: Args) => Promise<Opened> {
  const opened: Opened[] = [];
  afterEach("close what was opened", async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });
  return async (...args) => {
    const one = await open(...args);
    opened.push(one);
    return one;
  };
}
