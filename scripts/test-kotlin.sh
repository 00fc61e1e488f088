#!/usr/bin/env bash
# Builds and tests the Kotlin side: SDK on the host JVM with the real core, app on Robolectric.
# Screenshots: android/app/target/screenshots. The first run downloads about 0.8 GB to ~/.m2.
#
#   scripts/test-kotlin.sh [MAVEN ARGUMENT…]       e.g. -Dtest=FormScreenTest -pl app -am
#
# Needs Debian's maven, JDK 17, aapt and android-framework-res; installs what is missing when root.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v mvn > /dev/null || missing+=(maven)
command -v javac > /dev/null || missing+=(openjdk-17-jdk-headless)
command -v aapt2 > /dev/null || missing+=(aapt)
[ -n "$(find /usr/share /usr/lib -name framework-res.apk -print -quit 2> /dev/null)" ] \
  || missing+=(android-framework-res)
# Robolectric's pictures need these two on a machine without a desktop.
ldconfig -p | grep libfreetype > /dev/null || missing+=(libfreetype6)
command -v fc-list > /dev/null || missing+=(fontconfig)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "test-kotlin: missing; as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "test-kotlin: installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" > /dev/null
fi

target="${CARGO_TARGET_DIR:-$PWD/target}"
echo "test-kotlin: building the core, its Kotlin bridge and the tool whose sandbox is the server"
# The whole workspace: with the features of the tests, so that nothing of OpenSSL and SQLCipher is
# compiled a second time.
cargo build -q --workspace --lib --bins
scripts/gen-kotlin.sh

echo "test-kotlin: mvn verify"
mvn -q -B -ntp -f android/pom.xml -Doutpost.library.dir="$target/debug" verify "$@"
echo "test-kotlin: passed; pictures in android/app/target/screenshots"
