/** Views of the page that have an address of their own: `/ui/runs`. */
export const views = ["runs", "pipelines", "jobs", "runners", "waste", "compare", "sources", "deliveries"] as const;
