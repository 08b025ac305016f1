/** The three queries of the older pipeline collector, to the letter. Do not tidy them: people compare. */

export const pipelineCount = `SELECT count(*)
FROM metrics_pipeline mp
WHERE
$__timeFilter(created_at) AND
mp.project = '$project' AND mp.is_master = true`;

export const beforeTests = `SELECT
PERCENTILE_CONT(0.5) WITHIN GROUP(ORDER by total) as p50,
PERCENTILE_CONT(0.80) WITHIN GROUP(ORDER by total) as p80,
PERCENTILE_CONT(0.95) WITHIN GROUP(ORDER by total) as p95
FROM (SELECT
created_at AS "time",
mp.duration - mp.duration_e2e as "total"
FROM metrics_pipeline mp
LEFT JOIN metrics_build mb
ON mb.pipeline_id = mp.pipeline_id
WHERE
$__timeFilter(created_at) AND
mp.project = '$project' AND mp.is_master = true
GROUP BY time, mp.duration, mp.duration_e2e
ORDER BY 1) as data`;

export const testsWithoutRestarts = `SELECT
PERCENTILE_CONT(0.5) WITHIN GROUP(ORDER by total_e2e) as p50,
PERCENTILE_CONT(0.80) WITHIN GROUP(ORDER by total_e2e) as p80,
PERCENTILE_CONT(0.95) WITHIN GROUP(ORDER by total_e2e) as p95
FROM (SELECT
created_at AS "time",
mp.duration_e2e as "total_e2e"
FROM metrics_pipeline mp
LEFT JOIN metrics_build mb
ON mb.pipeline_id = mp.pipeline_id
WHERE
$__timeFilter(created_at) AND
mp.project = '$project' AND mp.is_master = true AND mp.has_restarts = false
GROUP BY time, mp.duration, mp.duration_e2e
ORDER BY 1) as data`;
