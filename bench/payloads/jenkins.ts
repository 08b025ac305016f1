import { json, number, tokens } from "./text.ts";

const { n, epoch } = tokens;

/**
 * The notification plugin's COMPLETED of a freestyle build, under 1 kB. The build's number is the delivery's id: what
 * identifies a build is its address. https://plugins.jenkins.io/notification/
 */
export function jenkinsCompleted(secret: string) {
  const body = json({
    name: "nightly-regression",
    display_name: "Nightly regression",
    url: "job/nightly-regression/",
    build: {
      full_url: `https://jenkins.example.com/job/nightly-regression/${n}/`,
      number: number(n),
      queue_id: number(n),
      timestamp: number(`${epoch}412`),
      duration: 184_326,
      phase: "COMPLETED",
      status: "SUCCESS",
      url: `job/nightly-regression/${n}/`,
      scm: {
        url: "https://git.example.com/acme/regression.git",
        branch: "origin/main",
        commit: "7d1e05b2c94fa3861be07d52f6c81903ea4b7c5d",
        changes: ["suites/basket.yaml", "suites/payment.yaml"],
        culprits: ["rvale"],
      },
      parameters: { TARGET: "staging", SUITE: "full" },
      notes: "",
      test_summary: { total: 1482, failed: 0, passed: 1471, skipped: 11, failed_tests: [] },
      artifacts: {
        "report.xml": { archive: `https://jenkins.example.com/job/nightly-regression/${n}/artifact/report.xml` },
      },
    },
  });
  return {
    provider: "jenkins",
    path: "/webhooks/jenkins",
    headers: {
      "Content-Type": "application/json;charset=UTF-8",
      "User-Agent": "Java/21.0.9",
      Authorization: `Basic ${Buffer.from(`jenkins:${secret}`).toString("base64")}`,
    },
    body,
    jobs: 0,
  } as const;
}
