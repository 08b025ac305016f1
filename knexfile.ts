import type { Knex } from "knex";
import { connect } from "./src/core/store/db/connect.ts";
import { migrationConfig } from "./src/core/store/db/migrate.ts";

/** For the knex command line only (`NODE_OPTIONS=--import=tsx npx knex --knexfile knexfile.ts …`). */
const { knex } = connect(process.env["PIPEGAUGE_DATABASE_URL"] ?? "sqlite:./pipegauge.db", console);
const config: Knex.Config = { ...knex.client.config, migrations: migrationConfig };
export default config;
