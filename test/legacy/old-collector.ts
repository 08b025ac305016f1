import type { Knex } from "knex";
import type { Engine } from "../../src/core/store/db/rowset.ts";

/** The last schema of the old pipeline collector. */
export function oldSchema(engine: Engine): string[] {
  const id = engine === "postgres" ? "id serial primary key" : "id integer primary key";
  return [
    `create table metrics_pipeline (${id}, pipeline_id integer unique, project varchar, duration integer,
      duration_e2e integer, created_at timestamp, is_master boolean, has_restarts boolean)`,
    `create table metrics_build (${id}, pipeline_id integer, name varchar, duration integer)`,
    `create table metrics_job (${id}, pipeline_id integer, name varchar, duration_e2e integer, duration_up integer,
      duration_up_without_pull integer, duration_pull integer, duration integer)`,
    `create table metrics_job_failed (${id}, pipeline_id integer, name varchar, duration integer)`,
    "create table alembic_version (version_num varchar(32) not null primary key)",
  ];
}

/** What the old collector would have stored: a pipeline with everything, one with as little as its tables allow. */
export async function fillOldCollector(knex: Knex, time: (iso: string) => unknown): Promise<void> {
  await knex("metrics_pipeline").insert([
    {
      pipeline_id: 700,
      project: "team/shop",
      duration: 190,
      duration_e2e: 41,
      created_at: time("2026-11-20T12:00:00.500+02:00"),
      is_master: true,
      has_restarts: true,
    },
    {
      pipeline_id: 9,
      project: "team/shop",
      duration: null,
      duration_e2e: null,
      created_at: time("2026-11-20T10:00:00.500Z"),
      is_master: false,
      has_restarts: null,
    },
    {
      pipeline_id: 10,
      project: null,
      duration: 1,
      duration_e2e: 1,
      created_at: time("2026-11-20T10:00:00.500Z"),
      is_master: true,
      has_restarts: false,
    },
    {
      pipeline_id: null,
      project: "team/shop",
      duration: 1,
      duration_e2e: 1,
      created_at: time("2026-11-20T10:00:00.500Z"),
      is_master: true,
      has_restarts: false,
    },
    {
      pipeline_id: 11,
      project: "team/shop",
      duration: 1,
      duration_e2e: 1,
      created_at: null,
      is_master: true,
      has_restarts: false,
    },
  ]);
  await knex("metrics_build").insert([
    { pipeline_id: 700, name: "build-e2e", duration: 64 },
    { pipeline_id: 700, name: "build-api", duration: null },
    { pipeline_id: 4, name: "of nothing", duration: 1 },
  ]);
  await knex("metrics_job").insert([
    {
      pipeline_id: 700,
      name: "e2e",
      duration: 40,
      duration_up: 35,
      duration_e2e: 6,
      duration_pull: 25,
      duration_up_without_pull: 10,
    },
    { pipeline_id: 700, name: "api", duration: 5 },
  ]);
  await knex("metrics_job_failed").insert({ pipeline_id: 700, name: "e2e", duration: 12 });
}
