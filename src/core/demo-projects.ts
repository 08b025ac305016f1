/** What the names of all projects begin with that `pipegauge demo` invents: it marks their runs as invented. */
export const demoPrefix = "demo/";
