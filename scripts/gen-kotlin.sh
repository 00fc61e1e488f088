#!/usr/bin/env bash
# Generates the Kotlin bridge from the very library that is packaged, so that the two can never
# disagree, and compares what it offers with the API golden.
#
#   scripts/gen-kotlin.sh [--library FILE] [--out DIR] [--android] [--update]
#
#   --library FILE  the built facade (default: debug build of liboutpost.so)
#   --out DIR       where Kotlin goes (default: android/sdk/target/generated/ffi)
#   --android       uses Android's own cleaner; the default runs on Android and on a host JVM
#   --update        writes the golden (android/sdk/api/ffi.txt) instead of comparing with it
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
library="$target/debug/liboutpost.so"
out="android/sdk/target/generated/ffi"
golden="${OUTPOST_API_GOLDEN:-android/sdk/api/ffi.txt}"
package="org.outpost.sdk.ffi"
android=no
update=no

while [ $# -gt 0 ]; do
  case "$1" in
    --library) library="$2"; shift 2 ;;
    --out) out="$2"; shift 2 ;;
    --android) android=yes; shift ;;
    --update) update=yes; shift ;;
    *) echo "gen-kotlin: unknown argument $1 (see the head of this script)" >&2; exit 2 ;;
  esac
done

fail() { echo "gen-kotlin: $*" >&2; exit 1; }

[ -f "$library" ] || fail "no library at $library; build it with: cargo build -p outpost-bindings"
cargo build -q --workspace --bin uniffi-bindgen

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp uniffi.toml "$work/uniffi.toml"
if [ "$android" = yes ]; then
  sed -i 's/^cdylib_name = .*/&\nandroid = true/' "$work/uniffi.toml"
fi

"$target/debug/uniffi-bindgen" generate "$library" --language kotlin \
  --config "$work/uniffi.toml" --no-format --out-dir "$work/kotlin"

generated="$work/kotlin/${package//.//}/outpost.kt"
# A configuration that uniffi does not understand is only a warning there: look at the result.
grep -qx "package $package" "$generated" 2>/dev/null \
  || fail "the generated package is not $package: uniffi.toml was not understood"
if [ "$android" = yes ]; then
  # The annotation lives in AndroidX, which we do not use; it is for a linter only.
  sed -i '/androidx\.annotation\.RequiresApi/d; /^@RequiresApi/d' "$generated"
fi

# What a caller can use: types, functions, fields. Not the machinery (Ffi…, Uniffi…, converters).
api() {
  awk '
    /^ *(\*|\/)/ { next }
    /^ *(public )?enum class / { entries = 1; print; next }
    entries { line = $0; sub(/^ +/, "    ", line); if (line !~ /^ *$/) print line
              if (line ~ /[;}]/) entries = 0; next }
    /[Uu]niffi|FfiConverter|RustBuffer|ForeignBytes|Cleaner|Cleanable|InternalException/ { next }
    /^ *(private|internal) / || /Disposable *\{|object NoHandle|Handle: Long/ { next }
    /^ *((@Throws\([^)]*\)|public|override|open|data|sealed|suspend) *)*(class|interface|object) [A-Z]/ ||
    /(fun|val) `/ { sub(/ *\{? *$/, ""); sub(/^ +/, "    "); gsub(/`|kotlin\./, ""); print }
  ' "$1"
}

{
  echo "# What the bridge offers to Kotlin. Written by scripts/gen-kotlin.sh --update."
  api "$generated"
} > "$work/api.txt"

if [ "$update" = yes ]; then
  mkdir -p "$(dirname "$golden")"
  cp "$work/api.txt" "$golden"
  echo "gen-kotlin: wrote $golden"
elif [ ! -f "$golden" ]; then
  fail "no API golden at $golden; write it with: scripts/gen-kotlin.sh --update"
elif ! diff -u "$golden" "$work/api.txt" >&2; then
  fail "the API differs from $golden; if that is meant: scripts/gen-kotlin.sh --update"
fi

mkdir -p "$out/${package//.//}"
# Unchanged files keep their time, so that nothing is compiled anew.
cmp -s "$generated" "$out/${package//.//}/outpost.kt" \
  || cp "$generated" "$out/${package//.//}/outpost.kt"
echo "gen-kotlin: $out is made from $library"
