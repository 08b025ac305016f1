import { expect } from "chai";
import { createLog } from "../../src/log.ts";
import { formatLogLine } from "../../src/text/log-line.ts";

describe("the log for people", () => {
  /** What a log of text has of these fields, without its time. */
  function print(fields: object, message: string): string {
    let text = "";
    createLog("debug", { write: (line) => void (text += formatLogLine(line)) }).warn(fields, message);
    expect(text).to.match(/^\d\d:\d\d:\d\d WARN {2}/);
    return text.slice("00:00:00 WARN  ".length);
  }

  it("is a line with time, level, message and fields", () => {
    expect(print({ source: "gitlab", ports: [1, 2], count: 3 }, "a delivery was refused")).to.equal(
      "a delivery was refused  source=gitlab ports=[1,2] count=3\n",
    );
  });

  it("masks what the JSON masks", () => {
    expect(print({ url: "http://u:canary@h/?token=canary" }, "m")).to.equal(
      'm  url="http://u:[redacted]@h/?token=[redacted]"\n',
    );
  });

  it("cannot be broken by what senders wrote", () => {
    expect(print({ project: 'a\u001b[2J\n22:00:00 ERROR "x"\u202e' }, "one\ntwo")).to.equal(
      "one\\x0atwo  project=\"a\\x1b[2J\\x0a22:00:00 ERROR 'x'\\u202e\"\n",
    );
  });

  it("leaves a line that is no JSON as it is", () => {
    expect(formatLogLine("plain\n")).to.equal("plain\n");
  });
});
