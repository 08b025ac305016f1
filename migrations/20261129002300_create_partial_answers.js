// @ts-check

/**
 * What insights know of the runs of an hour or a day, so that an answer about a month need not read a million jobs. It holds nothing
 * that runs and jobs do not: a row whose runs have changed since is not used, and made again.
 * @param {import("knex").Knex} knex
 */
export async function up(knex) {
  await knex.schema.createTable("partial_answers", (table) => {
    table.comment(
      "What an insight keeps of the runs whose last delivery came in one hour or day; made from runs and jobs.",
    );
    table.text("answer").notNullable().comment("The insight: flaky, redMain, waste, failures or runners");
    table.integer("hours").notNullable().comment("How long the time is: 1 or 24 hours");
    table.integer("hour").notNullable().comment("Where it begins: hours since 1970, UTC");
    table.integer("version").notNullable().comment("Of the form of the state and of the rules that made it");
    table.bigInteger("runs").notNullable().comment("Runs that it was made from");
    table
      .bigInteger("moments")
      .notNullable()
      .comment("Sum of the milliseconds between the last full hour and the last delivery of each: it shows a change");
    table.text("state").notNullable().comment("JSON of src/answers");
    table.primary(["answer", "hours", "hour"], "partial_answers_primary");
  });
}

/** @param {import("knex").Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable("partial_answers");
}
