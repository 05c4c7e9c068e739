#!/usr/bin/env bash
# Start the real servers the tests need where this machine can run them, then run every test.
# With CI=true a missing server or browser is a failure; without it the tests that need it are skipped and say why.
set -u
bash scripts/redis.sh start || echo "test: no Redis: its tests are skipped"
bash scripts/elasticsearch.sh start || echo "test: no Elasticsearch: its tests are skipped"
workers=${XIANSUO_TEST_PROCESSES:-2}
.venv/bin/python -m pytest -m "not benchmark" -n "$workers" --dist loadfile "$@"
code=$?
bash scripts/elasticsearch.sh stop >/dev/null 2>&1
bash scripts/redis.sh stop >/dev/null 2>&1
exit $code
