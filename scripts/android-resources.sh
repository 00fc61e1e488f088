#!/usr/bin/env bash
# Compiles the app's resources with Debian's aapt2: res.apk, R.java and the manifest, into DIR.
# Called by Maven (android/app/pom.xml). Needs the packages aapt and android-framework-res.
#
#   scripts/android-resources.sh DIR
set -euo pipefail
app="$(cd "$(dirname "$0")/../android/app" && pwd)"
out="${1:?where to write}"
main="$app/src/main"
framework=/usr/share/android-framework-res/framework-res.apk
[ -f "$framework" ] || framework="$(find /usr/share /usr/lib/android-sdk -name framework-res.apk \
  2>/dev/null | head -n 1)"

if ! command -v aapt2 > /dev/null || [ -z "$framework" ]; then
  echo "android-resources: install the Debian packages: aapt android-framework-res" >&2
  exit 1
fi

# Nothing changed: nothing to do.
if [ -f "$out/res.apk" ] &&
  [ -z "$(find "$main/res" "$main/AndroidManifest.xml" "$0" -newer "$out/res.apk" -print -quit)" ]
then
  exit 0
fi

rm -rf "$out"
mkdir -p "$out/java"
# The pseudo locales en-XA and ar-XB show untranslated texts and text that does not grow.
aapt2 compile --pseudo-localize --dir "$main/res" -o "$out/compiled.zip"
aapt2 link -I "$framework" --manifest "$main/AndroidManifest.xml" --java "$out/java" \
  --auto-add-overlay -o "$out/res.apk" "$out/compiled.zip"
cp "$main/AndroidManifest.xml" "$out/AndroidManifest.xml"
