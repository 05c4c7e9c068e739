#!/usr/bin/env bash
# Start the real servers the tests need where this machine can run them, then run every test.
# With CI=true a missing server or browser is a failure; without it the tests that need it are skipped and say why.
set -u
if XIANSUO_TEST_REDIS=$(bash scripts/redis.sh start); then export XIANSUO_TEST_REDIS
else unset XIANSUO_TEST_REDIS; echo "test: no Redis: its tests are skipped"; fi
if XIANSUO_TEST_ELASTICSEARCH=$(bash scripts/elasticsearch.sh start); then export XIANSUO_TEST_ELASTICSEARCH
else unset XIANSUO_TEST_ELASTICSEARCH; echo "test: no Elasticsearch: its tests are skipped"; fi
if XIANSUO_TEST_PYWB=$(bash scripts/pywb.sh); then export XIANSUO_TEST_PYWB
else unset XIANSUO_TEST_PYWB; echo "test: no pywb: its tests are skipped"; fi
.venv/bin/python -m pytest -m "not benchmark" -n "${XIANSUO_TEST_PROCESSES:-3}" --dist loadfile "$@"
code=$?
bash scripts/elasticsearch.sh stop >/dev/null 2>&1
bash scripts/redis.sh stop >/dev/null 2>&1
exit $code
