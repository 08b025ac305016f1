import type { PipelinePlan } from "./story.ts";

/** The pipelines of an invented company: two shops, payments, an app, a warehouse of data. Every project begins with `demoPrefix`. */
export const catalogue: readonly [PipelinePlan, ...PipelinePlan[]] = [
  {
    provider: "gitlab",
    project: "demo/shop/checkout",
    pipeline: "demo/shop/checkout",
    share: 24,
    broken: { from: 17, to: 20, job: "integration" },
    jobs: [
      { name: "compile", stage: "build", seconds: 95 },
      { name: "lint", stage: "build", seconds: 40, optional: true, flaky: 0.05 },
      { name: "rspec 1/2", stage: "test", seconds: 210 },
      { name: "rspec 2/2", stage: "test", seconds: 230, flaky: 0.16 },
      { name: "integration", stage: "test", seconds: 380, flaky: 0.08, retries: 1 },
      { name: "staging", stage: "deploy", seconds: 70 },
      { name: "production", stage: "release", seconds: 110, manual: true },
    ],
  },
  {
    provider: "gitlab",
    project: "demo/shop/catalogue",
    pipeline: "demo/shop/catalogue",
    share: 12,
    jobs: [
      { name: "image", stage: "build", seconds: 150 },
      { name: "unit", stage: "test", seconds: 120 },
      { name: "contract", stage: "test", seconds: 90, flaky: 0.1, retries: 2 },
      { name: "review-app", stage: "deploy", seconds: 60 },
    ],
  },
  {
    provider: "tekton",
    project: "demo/northwind/payments",
    pipeline: "payments-ci",
    share: 16,
    jobs: [
      { name: "fetch", stage: "1", seconds: 12 },
      { name: "unit", stage: "2", seconds: 140, flaky: 0.12, retries: 2 },
      { name: "vet", stage: "2", seconds: 35 },
      { name: "image", stage: "3", seconds: 160 },
      { name: "deploy-staging", stage: "4", seconds: 75 },
      { name: "notify", stage: "finally", seconds: 5 },
    ],
  },
  {
    provider: "tekton",
    project: "demo/data-platform",
    pipeline: "warehouse-load",
    share: 1,
    nightly: 2,
    mainOnly: true,
    jobs: [
      { name: "extract", stage: "1", seconds: 1500, retries: 1, flaky: 0.2 },
      { name: "transform", stage: "2", seconds: 3000, limit: 5400 },
      { name: "quality", stage: "3", seconds: 600, flaky: 0.1 },
      { name: "report", stage: "finally", seconds: 20 },
    ],
  },
  {
    provider: "jenkins",
    project: "demo/mobile/app",
    pipeline: "demo/mobile/app",
    share: 14,
    jobs: [{ name: "build", stage: "1", seconds: 900, flaky: 0.14, limit: 3600 }],
  },
  {
    provider: "jenkins",
    project: "demo/mobile/device-lab",
    pipeline: "demo/mobile/device-lab",
    share: 0,
    nightly: 1,
    mainOnly: true,
    jobs: [{ name: "build", stage: "1", seconds: 9600, flaky: 0.35, limit: 14_400 }],
  },
  {
    provider: "github",
    project: "demo/storefront",
    pipeline: "Checks",
    share: 22,
    jobs: [
      { name: "lint", stage: "1", seconds: 50 },
      { name: "unit (node 22)", stage: "1", seconds: 150 },
      { name: "unit (node 24)", stage: "1", seconds: 155 },
      { name: "e2e (chromium)", stage: "2", seconds: 420, flaky: 0.2, limit: 1200 },
      { name: "publish", stage: "3", seconds: 80, deploys: true },
    ],
  },
  {
    provider: "github",
    project: "demo/storefront",
    pipeline: "Dependency audit",
    share: 2,
    nightly: 4,
    mainOnly: true,
    jobs: [{ name: "audit", stage: "1", seconds: 240 }],
  },
];

export const authors = ["mira", "deniz", "robin", "ines", "tomasz"] as const;

type Topic = readonly [branch: string, title: string];

export const topics: readonly [Topic, ...Topic[]] = [
  ["feature/gift-cards", "Sell gift cards"],
  ["feature/dark-mode", "Follow the system's colours"],
  ["feature/search-ranking", "Rank what sells first"],
  ["fix/rounding", "Round totals before tax"],
  ["fix/slow-login", "Ask the session store once"],
  ["chore/dependencies", "Update dependencies"],
  ["refactor/cart", "Give the cart a model of its own"],
];
