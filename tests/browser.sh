#!/bin/sh
# Chromium and a Chinese font for the tests of pages: installed where they are missing and this user may.
# Without them those tests are skipped and say so; RORC_BROWSER_TESTS=required makes that a failure.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
fc-list 2>/dev/null | grep -qiE 'noto.*cjk|microhei' || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the browser tests:$missing" >&2
    { apt-get update -q && apt-get install -y -q --no-install-recommends $missing fontconfig; } >/dev/null 2>&1 && exit 0
fi
echo "no $missing: the tests of pages will be skipped (apt-get install $missing)" >&2
