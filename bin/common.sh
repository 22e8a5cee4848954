# shellcheck shell=sh
# Shared by the scripts of this folder: messages, tools that may have to be installed, Java, the build.
# Sourced with $home set, the installation's folder. Nothing in here writes to stdout: the agent's points go there.
: "${home:?must be set by the script that sources this}"

program=${0##*/}
say() { echo "$program: $*" >&2; }
die() {
  say "$@"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- what may be missing -----------------------------------------------------------------------

# Installs with apt-get, for root on Debian and Ubuntu: install WHAT PACKAGES…, each further argument an alternative
# that is taken when apt knows none of those before it.
install() {
  [ "${AGENT_NO_INSTALL:-}" != 1 ] && [ "$(id -u)" = 0 ] && have apt-get || return 1
  say "$1 is missing: installing it with apt-get (AGENT_NO_INSTALL=1 forbids it)"
  shift
  apt_log=$(mktemp) || return 1
  # One script at a time: apt-get update doesn't wait for another one.
  exec 8</etc/apt
  ! have flock || flock 8
  apt_install_first "$@" || { apt update && apt_install_first "$@"; } || tail -n 20 "$apt_log" >&2
  exec 8<&-
  rm -f "$apt_log"
}
apt_install_first() {
  for apt_packages in "$@"; do
    # shellcheck disable=SC2086 # an alternative may be several packages
    if apt --simulate install $apt_packages; then
      apt install $apt_packages
      return
    fi
  done
  return 1
}
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" \
    </dev/null >>"$apt_log" 2>&1 8<&-
}

# require COMMAND PACKAGES…: ends the script where the command neither is nor can be had.
require() {
  have "$1" && return
  install "$@"
  have "$1" || die "$1 is missing; on Debian or Ubuntu: apt-get install $2"
}

# Prints a folder to keep what tests need: the user's cache; where there can be none, the checkout.
test_cache() {
  cache_folder=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/agent-tests
  { mkdir -p "$cache_folder" && [ -w "$cache_folder" ]; } 2>/dev/null || cache_folder=$home/target
  mkdir -p "$cache_folder" || die "no folder to keep test servers in: set XDG_CACHE_HOME"
  echo "$cache_folder"
}

# --- Java --------------------------------------------------------------------------------------

# Sets java_home and java_version to the first Java >= 17: find_java [javac], with javac only one that compiles.
find_java() {
  [ -n "${JAVA_HOME:-}" ] && try_java "$JAVA_HOME" "${1:-java}" && return
  for java_command in java javac; do
    java_command=$(command -v "$java_command") || continue
    java_command=$(readlink -f "$java_command")
    try_java "${java_command%/bin/*}" "${1:-java}" && return
    # What jenv, asdf and their like put on the PATH is a script, in no JDK's folder; it knows which.
    case $java_command in */bin/java | */bin/javac) continue ;; esac
    try_java "$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')" "${1:-java}" && return
  done
  for java_command in /usr/lib/jvm/*; do
    try_java "$java_command" "${1:-java}" && return
  done
  return 1
}
try_java() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/$2" ] || return 1
  # Every JDK since 8 has this file; reading it is faster than starting a JVM.
  java_version=$(sed -n 's/^JAVA_VERSION="\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' "$1/release" 2>/dev/null)
  [ -n "$java_version" ] ||
    java_version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p')
  [ "${java_version:-0}" -ge 17 ] || return 1
  java_home=$1
}

require_java() {
  find_java && return
  install "Java 17 or later" openjdk-17-jre-headless openjdk-21-jre-headless openjdk-25-jre-headless default-jre-headless
  find_java ||
    die "Java 17 or later is missing: set JAVA_HOME, or on Debian or Ubuntu: apt-get install openjdk-17-jre-headless"
}
require_jdk() {
  find_java javac ||
    install "a JDK 17 or later" openjdk-17-jdk-headless openjdk-21-jdk-headless openjdk-25-jdk-headless default-jdk-headless
  find_java javac ||
    die "a JDK 17 or later is missing: set JAVA_HOME, or on Debian or Ubuntu: apt-get install openjdk-17-jdk-headless"
  export JAVA_HOME="$java_home"
}

# Sets maven_command. Some distributions' Maven is older than what the build needs; mvnw downloads one then.
find_maven() {
  maven_command=mvn
  case $(mvn --version 2>/dev/null </dev/null) in
    *"Maven 3."[89]* | *"Maven 3."[1-9][0-9]* | *"Maven "[4-9].*) return 0 ;;
  esac
  return 1
}
require_maven() {
  find_maven && return
  have mvn || { install maven maven && find_maven && return; }
  [ "${AGENT_NO_INSTALL:-}" != 1 ] || die "Maven 3.8 or later is missing; on Debian or Ubuntu: apt-get install maven"
  maven_command=$home/mvnw
  say "Maven 3.8 or later is missing: downloading it with mvnw (AGENT_NO_INSTALL=1 forbids it)"
  "$maven_command" --version >/dev/null </dev/null || die "Maven can't be downloaded: install Maven 3.8 or later"
}

# --- the build of a checkout -------------------------------------------------------------------

build_dir=$home/distribution/target
built_lib=$build_dir/lib
server_lib=$home/metrics-server/target/lib
build_stamp=$build_dir/build.stamp # as old as the start of the last good build; says whether it was checked
build_unfinished=$build_stamp.new  # there while a build goes on, or after one that was killed
build_log=$build_dir/build.log

built() { [ -d "$built_lib" ] && [ -d "$server_lib" ] && [ ! -e "$build_unfinished" ]; }

# AGENT_BUILD=checked, as bin/test has it, takes only a build with all checks of the compiler.
checked() { [ "${AGENT_BUILD:-}" = checked ]; }

stale() {
  built || return 0
  ! checked || grep -q checked "$build_stamp" 2>/dev/null || return 0
  # Without a stamp it was built with mvn by hand.
  if [ -e "$build_stamp" ]; then newer_than=$build_stamp; else newer_than=$built_lib; fi
  # A folder is newer when a file in it was added, renamed or deleted.
  [ -n "$(find "$home/pom.xml" "$home/.mvn" "$home"/*/pom.xml "$home"/*/src -newer "$newer_than" 2>/dev/null |
    head -n 1)" ]
}

build_if_stale() {
  stale || return 0
  exec 9<"$home/pom.xml" # a lock that needs no file of its own and outlives `mvn clean`
  if have flock && ! flock -n 9; then
    say "waiting for another build of $home"
    flock 9
  fi
  if stale; then build; fi
  exec 9<&-
}

# Maven compiles what changed. It leaves what was deleted, and takes classes that were compiled without the checks.
has_leftovers() {
  checked || ! built ||
    [ -n "$(find "$home/pom.xml" "$home"/*/pom.xml -newer "$build_stamp" 2>&1)" ] ||
    [ -n "$(find "$home"/*/src -type d -newer "$build_stamp" 2>&1)" ]
}

build() {
  build_from=changes build_kind=-Pquick
  ! has_leftovers || build_from=nothing
  ! checked || build_kind=
  # Who can't build needs none of the tools for it.
  if ! { mkdir -p "$build_dir" && touch "$build_log" && echo "${AGENT_BUILD:-quick}" >"$build_unfinished"; } 2>/dev/null; then
    if built; then what="was changed after its build"; else what="is not built"; fi
    # A user without a name has a number, which id prints before it fails.
    build_user=$(id -un 2>/dev/null) || build_user=$(id -u)
    die "$home $what, and $build_user can't write there: run bin/build as its owner"
  fi
  require_jdk
  require_maven
  say "building $home, log in $build_log (the first time takes some minutes)"

  [ $build_from = changes ] || rm -rf "$home"/*/target/classes "$home"/*/target/test-classes
  # New files in place of the old, which an agent may be running from.
  for build_lib in "$built_lib" "$server_lib"; do
    rm -rf "$build_lib.previous"
    [ ! -d "$build_lib" ] || mv "$build_lib" "$build_lib.previous"
  done

  build_child=
  trap 'build_stop 143' TERM
  trap 'build_stop 130' INT
  trap 'build_stop 129' HUP
  # In the background, because a shell looks at its signals only after a child in the foreground has ended.
  # shellcheck disable=SC2086 # it may be none
  maven -q $build_kind -DskipTests -Dspotless.check.skip=true package >"$build_log" 2>&1 9<&- &
  build_child=$!
  if wait "$build_child" && [ -d "$built_lib" ] && [ -d "$server_lib" ]; then
    trap - TERM INT HUP
    mv "$build_unfinished" "$build_stamp"
    rm -rf "$built_lib.previous" "$server_lib.previous"
  else
    trap - TERM INT HUP
    build_restore
    tail -n 40 "$build_log" >&2
    die "the build failed; all of its log is in $build_log"
  fi
}
build_stop() {
  trap - TERM INT HUP
  [ -z "$build_child" ] || { kill "$build_child" && wait "$build_child"; } 2>/dev/null
  build_restore
  exit "$1"
}
build_restore() { # what was built before: `agent stop` must work whatever the sources are like
  for build_lib in "$built_lib" "$server_lib"; do
    rm -rf "$build_lib"
    [ ! -d "$build_lib.previous" ] || mv "$build_lib.previous" "$build_lib"
  done
  rm -f "$build_unfinished"
}

# maven ARGUMENTS…: in the checkout, with what `agent version` says of its commit. The process becomes Maven's, so call it
# in the background, and a signal to $! ends the build.
maven() {
  # Set where a git hook runs this
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
  cd "$home" || exit 1
  commit=unknown branch=unknown time=unknown
  # --show-cdup is empty at the top: a tarball's tree inside someone's repository isn't of that repository's commit.
  # git also refuses where the checkout belongs to somebody else.
  if have git && cdup=$(git rev-parse --show-cdup 2>/dev/null) && [ -z "$cdup" ] &&
    head=$(git log -1 --format='%H %cI' 2>/dev/null); then
    commit=${head% *} time=${head#* } branch=$(git rev-parse --abbrev-ref HEAD)
  fi
  # Else it prints escape sequences at its start and end, --batch-mode or not.
  export MAVEN_OPTS="${MAVEN_OPTS:-} -Djansi.noreset=true"
  exec "$maven_command" --batch-mode "-Dbuild.commit=$commit" "-Dbuild.branch=$branch" "-Dbuild.time=$time" "$@" </dev/null
}
