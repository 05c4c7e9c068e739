#!/usr/bin/env bash
# A real Redis for tests, on loopback, kept under .tools/.
#
#   scripts/redis.sh start | stop | status | url
#
# start is idempotent and prints the server's address, which also stands in .tools/redis/url.
# XIANSUO_TOOLS: folder (default .tools).  XIANSUO_REDIS_PORT: port (default: the first free one from 6390 on).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=${XIANSUO_TOOLS:-$root/.tools}/redis

say() { echo "redis: $*" >&2; }
fail() { say "$*"; exit 3; }

free_port() {
  python3 - <<'PY'
import socket
for port in range(6390, 6490):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
PY
}

port() { [ -s "$state/port" ] && cat "$state/port"; }
answers() { [ "$(redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null)" = PONG ]; }
running() { [ -s "$state/pid" ] && kill -0 "$(cat "$state/pid")" 2>/dev/null && answers "$(port)"; }
address() { echo "redis://127.0.0.1:$(port)/0"; }

start() {
  command -v redis-server >/dev/null || fail "no redis-server here (Debian: apt-get install redis-server)"
  mkdir -p "$state"
  exec 8>"$state/lock"
  flock -w 30 8 || fail "another start is still under way"
  if running; then address; return; fi
  stop
  local chosen=${XIANSUO_REDIS_PORT:-$(free_port)}
  [ -n "$chosen" ] || fail "no free port from 6390 on; set XIANSUO_REDIS_PORT"
  # The lock must not live on in the server.
  redis-server --bind 127.0.0.1 --port "$chosen" --dir "$state" --save "" --appendonly no \
    --daemonize yes --pidfile "$state/pid" --logfile "$state/log" 8>&- >/dev/null
  echo "$chosen" >"$state/port"
  for _ in $(seq 50); do
    if running; then address | tee "$state/url"; return; fi
    sleep 0.2
  done
  fail "the server did not answer: $(tail -2 "$state/log" 2>/dev/null)"
}

stop() {
  local pid
  [ -s "$state/pid" ] || return 0
  pid=$(cat "$state/pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
  rm -f "$state/pid" "$state/port" "$state/url"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) if running; then say "up at $(address)"; else say "not running"; exit 1; fi ;;
  url) running && address ;;
  *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
