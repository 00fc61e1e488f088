# Shared by the scripts: where things are, and how a missing tool is named or installed.
# Sourced, never run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

say() { printf '\n== %s\n' "$*"; }

# need COMMAND PACKAGE...: installs the Debian packages when the command is missing and we are root.
need() {
  local command="$1"
  shift
  command -v "$command" > /dev/null && return
  install_packages "$@"
  command -v "$command" > /dev/null || {
    echo "$(basename "$0"): '$command' is still missing after installing: $*" >&2
    exit 1
  }
}

install_packages() {
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    say "installing $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
  else
    echo "$(basename "$0"): install these packages first: $*" >&2
    exit 1
  fi
}

# What the Rust side compiles with: SQLCipher and OpenSSL are built from source.
need_rust() {
  command -v cargo > /dev/null || {
    echo "$(basename "$0"): install Rust 1.92 or newer (rustup, or your distribution's package)" >&2
    exit 1
  }
  need cc gcc
  need make make
  need perl perl
}
