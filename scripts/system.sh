#!/usr/bin/env bash
# Debian packages that pictures, queues and screenshots need. Installs what is missing where it may;
# otherwise says in one sentence what stays off. Never fails the caller.
set -u
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v redis-server >/dev/null || missing+=(redis-server)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk)
command -v openssl >/dev/null || missing+=(openssl)
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"; fi
fi
if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || [ -n "$sudo" ]; }; then
  echo "setup: installing ${missing[*]} (Debian packages)"
  export DEBIAN_FRONTEND=noninteractive
  if $sudo apt-get update -qq >/dev/null 2>&1 && $sudo apt-get install -y -qq --no-install-recommends fontconfig "${missing[@]}" >/dev/null 2>&1; then
    exit 0
  fi
  echo "setup: apt-get could not install them"
fi
for package in "${missing[@]}"; do
  case $package in
    chromium) echo "setup: no chromium: script-built pages are not rendered and captures have no screenshot (set XIANSUO_CRAWL__BROWSER to use another Chromium)" ;;
    redis-server) echo "setup: no redis-server: xiansuo worker and schedule stay off; scan --jobs works without it" ;;
    openssl) echo "setup: no openssl: tests of timestamps have no authority to ask" ;;
    fonts-noto-cjk) echo "setup: no fonts-noto-cjk: Chinese in screenshots may show as boxes" ;;
  esac
done
exit 0
