#!/usr/bin/env bash
# A real Elasticsearch for tests, on loopback, kept under .tools/.
#
#   scripts/elasticsearch.sh install | start | stop | status | url
#
# start is idempotent and prints the server's address, which also stands in .tools/elasticsearch/url.
# XIANSUO_TOOLS: folder (default .tools).  XIANSUO_ELASTICSEARCH_HEAP: heap (default 768m).
# XIANSUO_ELASTICSEARCH_PORT: port or range (default 9200-9299, the first free one is taken).
set -euo pipefail

version=8.19.21
artifact="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${XIANSUO_TOOLS:-$root/.tools}
most_seconds=120

say() { echo "elasticsearch: $*" >&2; }
fail() { say "$*"; exit 3; }

# The server refuses to run as root, so root hands it to nobody, who must be able to reach the folder.
unprivileged=()
[ "$(id -u)" -eq 0 ] && unprivileged=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

reachable() { mkdir -p "$1" && { [ ${#unprivileged[@]} -eq 0 ] || "${unprivileged[@]}" test -x "$1"; }; }

reachable "$tools" || tools=/var/tmp/xiansuo-tools-$(printf %s "$root" | cksum | cut -d' ' -f1)
reachable "$tools" || fail "no folder that an ordinary user can reach; set XIANSUO_TOOLS"
home=$tools/elasticsearch-$version
state=$tools/elasticsearch
zip=$tools/elasticsearch-$version.zip

java_major() { "$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1; }

# Prefers the releases this server is tested with by its makers; any from 17 on is tried.
find_java() {
  local candidate major best="" best_major=0
  for candidate in "${ES_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/*; do
    [ -n "$candidate" ] && [ -x "$candidate/bin/java" ] || continue
    major=$(java_major "$candidate")
    [ -n "$major" ] && [ "$major" -ge 17 ] || continue
    if [ "$major" -le 21 ]; then echo "$candidate"; return; fi
    if [ "$best_major" -eq 0 ] || [ "$major" -lt "$best_major" ]; then best=$candidate best_major=$major; fi
  done
  [ -n "$best" ] && echo "$best"
}

install() {
  [ -f "$home/.installed" ] && return
  [ -n "$(find_java)" ] || fail "no Java 17 or newer found (Debian: apt-get install openjdk-17-jre-headless)"
  if [ ! -f "$zip" ]; then
    command -v mvn >/dev/null || fail "no mvn to fetch the server with (Debian: apt-get install maven)"
    say "fetching $artifact (about 107 MB)"
    (cd "$tools" && mvn -B -ntp -q dependency:copy -Dartifact="$artifact" -DoutputDirectory="$tools") >&2 ||
      fail "the server could not be fetched; its tests stay off"
  fi
  rm -rf "$home"
  python3 -m zipfile -e "$zip" "$tools" || { rm -f "$zip"; fail "the fetched archive was damaged; start again"; }
  chmod +x "$home"/bin/*
  find "$home/modules" -path '*/bin/*' -type f -exec chmod +x {} +
  cat >"$home/config/elasticsearch.yml" <<YAML
cluster.name: xiansuo-tests
discovery.type: single-node
network.host: 127.0.0.1
http.port: ${XIANSUO_ELASTICSEARCH_PORT:-9200-9299}
transport.port: 9300-9399
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
YAML
  [ ${#unprivileged[@]} -eq 0 ] || chown -R nobody:nogroup "$home"
  touch "$home/.installed"
}

health() {
  python3 - "$1" <<'PY'
import sys, urllib.request
url = sys.argv[1] + "/_cluster/health?wait_for_status=yellow&timeout=2s"
try:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
        sys.exit(answer.status != 200)
except OSError:
    sys.exit(1)
PY
}

address() { [ -s "$state/url" ] && cat "$state/url"; }
process() { [ -s "$state/pid" ] && cat "$state/pid"; }
running() { local pid; pid=$(process) && kill -0 "$pid" 2>/dev/null && health "$(address)"; }

published() { sed -n 's/.*HttpServer.*publish_address {\(127[^}]*\)}.*/http:\/\/\1/p' "$state/log" | tail -1; }

start() {
  install
  mkdir -p "$state"
  exec 8>"$state/lock"
  flock -w "$most_seconds" 8 || fail "another start is still under way"
  if running; then address; return; fi
  stop >/dev/null 2>&1 || true
  local java heap=${XIANSUO_ELASTICSEARCH_HEAP:-768m} pid url
  java=$(find_java)
  say "starting $version with $java, heap $heap"
  (
    cd "$home"
    export ES_JAVA_HOME=$java ES_JAVA_OPTS="-Xms$heap -Xmx$heap" HOME=$home
    exec 8>&-
    exec setsid "${unprivileged[@]}" bin/elasticsearch </dev/null >"$state/log" 2>&1
  ) &
  pid=$!
  echo "$pid" >"$state/pid"
  for _ in $(seq "$most_seconds"); do
    kill -0 "$pid" 2>/dev/null || fail "the server stopped at once: $(tail -3 "$state/log")"
    url=$(published)
    if [ -n "$url" ] && health "$url"; then
      echo "$url" | tee "$state/url"
      return
    fi
    sleep 1
  done
  stop
  fail "the server was not up after $most_seconds seconds: see $state/log"
}

stop() {
  local pid
  pid=$(process) || return 0
  if kill "$pid" 2>/dev/null; then
    for _ in $(seq 30); do kill -0 "$pid" 2>/dev/null || break; sleep 1; done
    kill -9 -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$state/pid" "$state/url"
}

case ${1:-} in
  install) install ;;
  start) start ;;
  stop) stop ;;
  status) if running; then say "up at $(address)"; else say "not running"; exit 1; fi ;;
  url) running && address ;;
  *) sed -n '2,9p' "$0" >&2; exit 2 ;;
esac
