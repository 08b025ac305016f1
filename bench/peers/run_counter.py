"""The run counter as a Flask application, after the older tool: a connection for each request, SQLite as it comes, which
flushes every commit to disk (https://www.sqlite.org/pragma.html#pragma_synchronous). For gunicorn."""
import os, sqlite3
from flask import Flask, Response, g, jsonify, request
app, path = Flask(__name__), os.environ["PRPC_DB_PATH"]
sqlite3.connect(path).execute(
    "CREATE TABLE IF NOT EXISTS pipelineRuns (name TEXT PRIMARY KEY, success INTEGER NOT NULL, failure INTEGER NOT NULL)")


@app.before_request
def connect():
    g.db = sqlite3.connect(path, timeout=60)


@app.post("/metrics")
def add():
    run = request.get_json(force=True)
    if not isinstance(run, dict) or run.keys() != {"name", "success"} or not isinstance(run["success"], bool) or not isinstance(run["name"], str):
        return jsonify(error="the input is not a run"), 400
    status = "success" if run["success"] else "failure"
    with g.db:
        g.db.execute(f"INSERT INTO pipelineRuns VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET {status} = {status} + 1", (run["name"], run["success"], not run["success"]))
    return jsonify(run), 201


@app.get("/metrics")
@app.get("/readyz")
def show():
    lines = ['%s_pipeline_run_total{status="success"} %d\n%s_pipeline_run_total{status="failure"} %d\n' % (n, s, n, f) for n, s, f in g.db.execute("SELECT * FROM pipelineRuns")]
    return Response("".join(lines), content_type="text/plain; charset=utf-8")
