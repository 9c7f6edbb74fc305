#!/bin/sh
# Installs Slipway on this host, from an archive that script/package made:
#
#   install.sh --install slipway-0.1.0-linux-x64.tar.gz   a file of this host
#   install.sh --install --sha256 <digest> https://...    from elsewhere
#   install.sh --update slipway-0.2.0-linux-x64.tar.gz    the apps go on
#   install.sh --status                                   what is installed
#   install.sh --uninstall                                take the program away;
#                                                         data and settings stay
#
#   --dry-run           with any of them: say what is missing and what would be
#                       done, and do nothing
#   --sha256 <digest>   what the archive must have: 64 hexadecimal digits, or a
#                       file of sha256sum(1)
#   --config <file>     the first configuration: a slipway.yaml, or a
#                       deployex-config.json of DeployEx's installer
#   --no-start          do not start the agent
#   --stop-apps         with --uninstall: end the apps, too
#
# What is there already is kept, so it can be run again at any time, also after
# it was killed. It needs root, a Linux with glibc 2.34 or newer (Debian 12,
# Ubuntu 22.04), and tar; the agent is started where systemd is.
set -eu

PRODUCT=/opt/slipway
SETTINGS=/etc/slipway
CONFIG=$SETTINGS/slipway.yaml
DATA=/var/lib/slipway
LOGS=/var/log/slipway
UNIT=/etc/systemd/system/slipway.service
PROGRAM=/usr/local/bin/slipway
SHARE=/usr/local/share
ACCOUNT=deployer
GLIBC_MINOR=34
ROOM_KB=300000
ANSWERS_WITHIN_S=60

action=
archive=
digest=
first_config=
dry_run=
no_start=
stop_apps=
switched=
locked=
changes=0
lacking=0

main() {
  umask 022
  read_arguments "$@"
  case $action in
    install) install ;;
    update) update ;;
    uninstall) uninstall ;;
    status) status ;;
  esac
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --install | --update | --uninstall | --status)
        [ -z "$action" ] || wrong_usage "$1 and --$action exclude each other"
        action=${1#--}
        ;;
      --dry-run) dry_run=yes ;;
      --no-start) no_start=yes ;;
      --stop-apps) stop_apps=yes ;;
      --sha256)
        digest=$(value_of "$@")
        shift
        ;;
      --config)
        first_config=$(value_of "$@")
        shift
        ;;
      --help | -h)
        usage
        exit 0
        ;;
      -*) wrong_usage "there is no option $1" ;;
      *)
        [ -z "$archive" ] || wrong_usage "one archive, please: $archive or $1"
        archive=$1
        ;;
    esac
    shift
  done
  if [ -z "$action" ]; then
    [ -n "$dry_run" ] || [ -n "$archive" ] || wrong_usage 'what is to be done?'
    action=install
  fi
  case $action in
    install | update) [ -n "$archive" ] || [ -n "$dry_run" ] || wrong_usage "--$action needs an archive, as its last argument" ;;
    *) [ -z "$archive" ] || wrong_usage "--$action takes no archive" ;;
  esac
}

value_of() {
  [ $# -ge 2 ] || wrong_usage "$1 needs a value"
  printf '%s' "$2"
}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; }

wrong_usage() {
  printf 'error: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

# --- install -----------------------------------------------------------------------------------------------------------------

install() {
  say "Slipway on $(uname -n)"
  check_host
  installed=$(current_version)
  fetch_archive
  hold_lock
  if [ -n "$installed" ] && [ -n "$version" ] && [ "$installed" != "$version" ]; then
    fail_unless_dry "Slipway $installed is installed here, and this is $version" "sh install.sh --update $archive"
  fi
  ensure "user $ACCOUNT, whom apps run as" has_account make_account
  ensure "$SETTINGS" has_settings_folder make_settings_folder
  ensure "$DATA" has_data_folder make_data_folder
  ensure "$LOGS" has_logs_folder make_logs_folder
  ensure "$PRODUCT/${version:-<version>}" has_version unpack
  ensure "$CONFIG${first_config:+, from $first_config}" has_config make_config
  ensure "$PRODUCT/current, which leads to ${version:-<version>}" has_current switch_current
  ensure "$PROGRAM" has_program link_program
  ensure 'manual page, and completion for bash, zsh and fish' has_share link_share
  is_systemd && ensure "$UNIT" has_unit make_unit
  is_systemd && [ -z "$no_start" ] && ensure 'the agent, started now and at every boot' has_agent start_agent
  close_install
}

close_install() {
  say
  if [ -n "$dry_run" ]; then
    close_dry_run
  elif [ $changes -eq 0 ]; then
    say "Nothing was changed: Slipway $version is installed."
  else
    say "Slipway $version is installed.$(is_systemd || printf ' Without systemd nobody starts the agent: slipway agent')"
    say 'What follows:'
    say
    say "  slipway doctor                    is this host fit"
    say "  editor $CONFIG    name your apps"
    say "  slipway config apply              make it so; then: slipway status"
  fi
}

close_dry_run() {
  [ $lacking -eq 0 ] || say "$lacking missing: see \"lacks\" above."
  if [ $changes -eq 0 ]; then say 'Nothing would be changed.'; else say "$changes to do. Nothing was changed."; fi
}

# ensure WHAT IS_THERE MAKE: one thing that is to be so; where it is, it is left alone.
ensure() {
  if $2; then
    tell kept "$1"
  elif [ -n "$dry_run" ]; then
    changes=$((changes + 1))
    tell 'to do' "$1"
  else
    $3
    changes=$((changes + 1))
    tell made "$1"
  fi
}

has_account() { getent passwd $ACCOUNT >/dev/null 2>&1 && getent group $ACCOUNT >/dev/null 2>&1; }

make_account() {
  getent group $ACCOUNT >/dev/null || groupadd --system $ACCOUNT
  getent passwd $ACCOUNT >/dev/null ||
    useradd --system --gid $ACCOUNT --create-home --home-dir /home/$ACCOUNT --shell /usr/sbin/nologin $ACCOUNT
}

has_settings_folder() { [ -d $SETTINGS ]; }
make_settings_folder() { make_folder 022 $SETTINGS; }
# What is in it others may reach where its own mode lets them, and never list.
has_data_folder() { [ -d $DATA ]; }
make_data_folder() { make_folder 066 $DATA; }
has_logs_folder() { [ -d $LOGS ]; }
make_logs_folder() { make_folder 022 $LOGS; }

# With its mode from the first moment: whoever finds it there leaves the mode alone.
make_folder() (
  umask "$1"
  mkdir -p "$2"
)

has_config() { [ -s $CONFIG ]; }

# In its place by a rename, and only once it was checked.
make_config() {
  made=$SETTINGS/.slipway.yaml.new
  (umask 077 && write_config >"$made") || fail "$first_config was not taken: see above. Nothing was written to $CONFIG"
  "$PRODUCT/$version/bin/slipway" config check --config "$made" >&2 || fail "the configuration has errors: see above; it is $made"
  mv "$made" $CONFIG
}

write_config() {
  case $first_config in
    '') cat "$PRODUCT/$version/share/slipway.yaml" ;;
    *.json) "$PRODUCT/$version/bin/slipway" import deployex "$first_config" --print ;;
    *) cat "$first_config" ;;
  esac
}

has_current() { [ -n "$version" ] && [ "$installed" = "$version" ]; }

switch_current() {
  replace_link "$version" $PRODUCT/current
  switched=yes
}

# By one rename: a reader finds the old target or the new one.
replace_link() {
  rm -f "$2.new"
  ln -s "$1" "$2.new"
  mv -T "$2.new" "$2"
}

has_program() { leads_to $PRODUCT/current/bin/slipway $PROGRAM; }

link_program() {
  mkdir -p /usr/local/bin
  replace_link $PRODUCT/current/bin/slipway $PROGRAM
}

share_links() {
  printf '%s\n' \
    "man/slipway.1.gz $SHARE/man/man1/slipway.1.gz" \
    "completion/slipway $SHARE/bash-completion/completions/slipway" \
    "completion/_slipway $SHARE/zsh/site-functions/_slipway" \
    "completion/slipway.fish $SHARE/fish/vendor_completions.d/slipway.fish"
}

has_share() {
  share_links | while read -r from to; do leads_to "$PRODUCT/current/share/$from" "$to" || exit 1; done
}

link_share() {
  share_links | while read -r from to; do
    mkdir -p "${to%/*}"
    replace_link "$PRODUCT/current/share/$from" "$to"
  done
}

leads_to() { [ "$(readlink "$2" 2>/dev/null)" = "$1" ]; }

# One that a person has made or changed is theirs.
has_unit() { [ -e $UNIT ]; }

make_unit() {
  mkdir -p "${UNIT%/*}"
  cp "$PRODUCT/$version/share/slipway.service" $UNIT.new
  mv $UNIT.new $UNIT
  systemctl daemon-reload
}

# One that runs while its program is exchanged (from a checkout, say) is of the former one still.
has_agent() { [ -z "$switched" ] && systemctl is-enabled --quiet slipway 2>/dev/null && systemctl is-active --quiet slipway; }

start_agent() {
  systemctl enable --quiet slipway
  systemctl restart slipway
  waited=0
  until $PROGRAM status >/dev/null 2>&1; do
    waited=$((waited + 1))
    if [ $waited -gt $ANSWERS_WITHIN_S ]; then
      journalctl --unit slipway --lines 10 --no-pager --output cat >&2 || :
      fail "the agent does not answer after $ANSWERS_WITHIN_S s; its last words are above" 'systemctl status slipway'
    fi
    sleep 1
  done
}

# --- update ------------------------------------------------------------------------------------------------------------------

update() {
  say "Slipway on $(uname -n)"
  check_host
  installed=$(current_version)
  if [ -z "$installed" ]; then
    fail_unless_dry 'no Slipway is installed here' "sh install.sh --install ${archive:-ARCHIVE}"
  fi
  fetch_archive
  hold_lock
  ensure "$PRODUCT/${version:-<version>}" has_version unpack
  ensure "$PROGRAM" has_program link_program
  ensure 'manual page, and completion for bash, zsh and fish' has_share link_share
  say
  if [ -n "$dry_run" ] && ! has_version; then
    tell 'to do' "${installed:-nothing} to ${version:-<version>}: restart the agent, and no app"
    changes=$((changes + 1))
    close_dry_run
    return
  fi
  # The new version brings itself in, and the former one back where it does not answer. It takes the lock itself.
  exec 9>&-
  exec "$PRODUCT/$version/bin/slipway" update --to "$version" ${dry_run:+--dry-run}
}

# --- uninstall ---------------------------------------------------------------------------------------------------------------

uninstall() {
  say "Slipway on $(uname -n)"
  [ "$(id -u)" = 0 ] || lacks 'root' 'run it as root: sudo sh install.sh --uninstall'
  stop_if_lacking
  hold_lock
  ask_about_apps
  remove "the agent, and $UNIT" is_there_unit remove_unit
  if [ -n "$stop_apps" ]; then remove 'the apps that run' has_scope stop_scope; fi
  remove "$PROGRAM" has_program remove_program
  remove 'manual page and completion' has_share remove_share
  remove "$PRODUCT" has_product remove_product
  say
  say "Kept: $CONFIG, $DATA, $LOGS, and the user $ACCOUNT."
  if [ -z "$stop_apps" ] && [ "$(running_processes)" -gt 0 ]; then
    say 'Apps still run, and nobody watches them now. To end them: systemctl stop slipway-apps.scope'
  fi
  if [ $changes -eq 0 ]; then say 'Nothing was there to be taken away.'; fi
  if [ -n "$dry_run" ]; then say 'Nothing was changed.'; fi
}

# remove WHAT IS_THERE TAKE_AWAY
remove() {
  if ! $2; then return; fi
  changes=$((changes + 1))
  if [ -n "$dry_run" ]; then
    tell 'to go' "$1"
  else
    $3
    tell gone "$1"
  fi
}

ask_about_apps() {
  count=$(running_processes)
  if [ -n "$stop_apps" ] || [ "$count" -eq 0 ]; then return; fi
  say "  $count processes of apps run. They go on without an agent, which starts nothing again, until the next boot."
  if [ -n "$dry_run" ] || ! [ -t 0 ]; then return; fi
  printf '  End them, too? [y/N] '
  read -r answer || answer=
  case $answer in [yY]*) stop_apps=yes ;; esac
}

scope_folder() {
  is_systemd || return 1
  group=$(systemctl show --property=ControlGroup --value slipway-apps.scope 2>/dev/null) && [ -n "$group" ] || return 1
  for base in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    if [ -d "$base$group" ]; then
      printf '%s' "$base$group"
      return
    fi
  done
  return 1
}

# How many processes the apps have: neither the keeper of their scope nor their holders are any.
running_processes() {
  folder=$(scope_folder) || {
    echo 0
    return
  }
  find "$folder" -name cgroup.procs ! -path '*/holder/*' ! -path '*/holders/*' -exec cat {} + 2>/dev/null | wc -l
}

is_there_unit() { [ -e $UNIT ]; }

remove_unit() {
  if is_systemd; then systemctl disable --quiet --now slipway; fi
  rm -f $UNIT
  if is_systemd; then
    systemctl daemon-reload
    # Without apps nobody needs their scope.
    if [ "$(running_processes)" -eq 0 ]; then systemctl stop slipway-apps.scope 2>/dev/null || :; fi
  fi
}

has_scope() { is_systemd && systemctl is-active --quiet slipway-apps.scope; }
stop_scope() { systemctl stop slipway-apps.scope; }
remove_program() { rm -f $PROGRAM; }
remove_share() { share_links | while read -r _ to; do rm -f "$to"; done; }
has_product() { [ -d $PRODUCT ] && [ -n "$(versions)" ]; }

# What came from archives; whatever else lies there is not ours to remove.
remove_product() {
  rm -f $PRODUCT/current
  versions | while read -r each; do rm -rf "${PRODUCT:?}/$each"; done
  rm -rf $PRODUCT/.unpacking $PRODUCT/.download $PRODUCT/.lock $PRODUCT/.update.json
  rmdir $PRODUCT 2>/dev/null || tell kept "$PRODUCT, where others put something"
}

# --- status ------------------------------------------------------------------------------------------------------------------

status() {
  installed=$(current_version)
  if [ -z "$installed" ]; then
    say 'No Slipway is installed here. To install one: sh install.sh --install ARCHIVE'
    exit 1
  fi
  tell version "$installed in $PRODUCT/$installed$(versions | grep -vx -- "$installed" | sed 's/^/, /' | tr -d '\n' | sed 's/^,/; beside it/')"
  if is_systemd; then
    tell unit "slipway.service is $(systemctl is-active slipway 2>/dev/null || :), $(systemctl is-enabled slipway 2>/dev/null || :)"
  else
    tell unit 'none: no systemd runs here'
  fi
  if $PROGRAM status >/dev/null 2>&1; then tell agent 'answers'; else tell agent 'does not answer'; fi
  tell config "$CONFIG"
  tell data "$DATA"
  tell logs "$LOGS"
}

# --- the archive -------------------------------------------------------------------------------------------------------------

# Sets `file`, `sum` and `version`; empty where there is no archive to look at, in a dry run.
fetch_archive() {
  file=$archive sum='' version=''
  case $archive in
    '') return ;;
    http://* | https://*) fetch_from_elsewhere ;;
  esac
  [ -n "$file" ] || return 0
  if ! [ -f "$file" ]; then
    lacks "$file" 'the archive is not there'
    stop_if_lacking
    return
  fi
  sum=$(sum_of "$file")
  if [ -z "$digest" ] && [ -f "$file.sha256" ]; then digest=$file.sha256; fi
  if [ -n "$digest" ] && [ "$(wanted_digest)" != "$sum" ]; then
    refuse_archive "$archive has the SHA-256 $sum, and not $(wanted_digest). Nothing was unpacked"
  fi
  manifest=$(read_manifest) || refuse_archive "$archive is no archive of Slipway: package.json cannot be read from it"
  version=$(printf '%s\n' "$manifest" | field version)
  target=$(printf '%s\n' "$manifest" | field target)
  case $version in '' | *[!A-Za-z0-9._+~-]* | [!A-Za-z0-9]*) refuse_archive "$archive is no archive of Slipway" ;; esac
  [ "$target" = "linux-$(processor)" ] || refuse_archive "$archive is for $target, and this host is linux-$(processor)"
}

refuse_archive() {
  discard_fetched
  fail "$1"
}

fetch_from_elsewhere() {
  [ -n "$digest" ] || fail_unless_dry 'an archive from elsewhere needs its checksum' "sh install.sh --$action --sha256 <64 hexadecimal digits> $archive"
  if [ -n "$dry_run" ]; then
    tell 'to do' "fetch $archive and compare its SHA-256"
    changes=$((changes + 1))
    file=
    return
  fi
  hold_lock
  file=$PRODUCT/.download
  rm -f "$file"
  if has curl; then
    curl --fail --silent --show-error --location --output "$file" "$archive" || not_fetched
  else
    wget -nv -O "$file" "$archive" || not_fetched
  fi
}

not_fetched() {
  discard_fetched
  fail "$archive cannot be fetched: see above. Nothing was changed; it may also be brought here by other means" "sh install.sh --$action ${archive##*/}"
}

# What was fetched and is not used leaves nothing, nor does the folder that was made for it.
discard_fetched() {
  if [ "$file" = "$archive" ]; then return; fi
  rm -f "$file"
  if [ -z "$installed" ] && [ -z "$(versions)" ]; then
    rm -f $PRODUCT/.lock
    rmdir $PRODUCT 2>/dev/null || :
  fi
}

sum_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Of a file of sha256sum(1), its first word.
wanted_digest() {
  if [ -f "$digest" ]; then cut -d' ' -f1 <"$digest"; else printf '%s\n' "$digest" | tr 'A-F' 'a-f'; fi
}

read_manifest() {
  name=$(list_archive | sed -n '1s|/.*||p')
  case $name in slipway-?*) ;; *) return 1 ;; esac
  tar "-x$(packing)Of" "$file" "$name/package.json"
}

# Only its beginning is read.
list_archive() { { tar "-t$(packing)f" "$file" 2>/dev/null || :; } | head -n 1; }

packing() {
  case $(od -An -tx1 -N2 "$file" | tr -d ' ') in
    1f8b) printf z ;;
    fd37) printf J ;;
  esac
}

# "name": "value" of package.json, the first of it.
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }

has_version() {
  [ -n "$version" ] && [ -d "$PRODUCT/$version" ] || return 1
  [ "$(cat "$PRODUCT/$version/.archive" 2>/dev/null)" = "$sum" ] ||
    fail_unless_dry "$PRODUCT/$version is there already, and is not from this archive" "sh install.sh --status"
}

# Under another name first: what is there under its own is whole. From a copy that is root's alone: whoever owns the archive
# could exchange it after its sum was taken.
unpack() {
  stage=$PRODUCT/.unpacking
  rm -rf "$stage"
  mkdir -m 700 "$stage"
  cp "$file" "$stage/archive" || fail "$archive cannot be copied to $stage. Nothing was unpacked"
  [ "$file" = "$archive" ] || rm -f "$file"
  file=$stage/archive
  if [ "$(sum_of "$file")" != "$sum" ]; then
    rm -rf "$stage"
    fail "$archive was exchanged while it was looked at. Nothing was unpacked"
  fi
  tar "-x$(packing)of" "$file" -C "$stage" || fail "$archive cannot be unpacked; nothing was changed"
  folder=$stage/slipway-$version
  "$folder/bin/slipway" --version >/dev/null || fail "Slipway $version does not start on this host: see above. Nothing was changed"
  printf '%s\n' "$sum" >"$folder/.archive"
  sync
  mv "$folder" "$PRODUCT/$version"
  rm -rf "$stage"
}

versions() {
  for each in "$PRODUCT"/*/.archive; do
    each=${each%/.archive}
    # "current" leads to one of them.
    if [ -f "$each/.archive" ] && ! [ -L "$each" ]; then
      printf '%s\n' "${each##*/}"
    fi
  done
}

# Empty where none is installed.
current_version() {
  link=$(readlink $PRODUCT/current 2>/dev/null) || return 0
  if [ -x "$PRODUCT/$link/bin/slipway" ]; then printf '%s' "$link"; fi
}

# --- the host ----------------------------------------------------------------------------------------------------------------

check_host() {
  [ "$(id -u)" = 0 ] || lacks root "run it as root: sudo sh install.sh --$action ${archive:-ARCHIVE}"
  [ "$(uname -s)" = Linux ] || lacks Linux "this is $(uname -s)"
  [ -n "$(processor)" ] || lacks 'an archive for this processor' "there are x64 and arm64, and this is $(uname -m)"
  check_libc
  for tool in tar:tar gzip:gzip sha256sum:coreutils getent:libc-bin setsid:util-linux setpriv:util-linux find:findutils useradd:passwd groupadd:passwd; do
    has "${tool%:*}" || lacks "${tool%:*}" "apt-get install ${tool#*:}"
  done
  case $archive in
    http://* | https://*) has curl || has wget || lacks 'curl or wget' 'apt-get install curl, or fetch the archive elsewhere' ;;
    *.xz) has xz || lacks xz 'apt-get install xz-utils, or take the .tar.gz' ;;
  esac
  if [ -n "$first_config" ] && ! [ -f "$first_config" ]; then lacks "$first_config" 'the file of --config is not there'; fi
  free_kb=$(df -Pk /opt 2>/dev/null | awk 'NR == 2 { print $4 }')
  if [ "${free_kb:-$ROOM_KB}" -lt $ROOM_KB ]; then lacks "room in /opt" "$((free_kb / 1000)) MB are free, and $((ROOM_KB / 1000)) needed"; fi
  is_systemd || tell note 'no systemd runs here: there will be no unit, and nobody starts the agent'
  has git || tell note 'no git: only sites that are repositories need it'
  stop_if_lacking
}

check_libc() {
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=
  case $libc in
    'glibc 2.'*)
      minor=${libc#glibc 2.}
      [ "${minor%%[!0-9]*}" -ge $GLIBC_MINOR ] || lacks "glibc 2.$GLIBC_MINOR" "this is $libc; Debian 12 and Ubuntu 22.04 have a newer one"
      ;;
    *) lacks "glibc 2.$GLIBC_MINOR" 'this is another C library, or none that can be told' ;;
  esac
}

processor() {
  case $(uname -m) in
    x86_64) printf x64 ;;
    aarch64) printf arm64 ;;
  esac
}

is_systemd() { [ -d /run/systemd/system ] && has systemctl; }

has() { command -v "$1" >/dev/null 2>&1; }

# Two at once would pull folders from under each other. The lock dies with its owner.
hold_lock() {
  if [ -n "$dry_run" ] || [ -n "$locked" ]; then return; fi
  locked=yes
  mkdir -p $PRODUCT
  # Whoever may open it may hold it.
  (umask 077 && : >>$PRODUCT/.lock)
  chmod 600 $PRODUCT/.lock
  exec 9>>$PRODUCT/.lock
  flock -n 9 || fail 'another installation or update is going on. Nothing was changed'
  # Of one that was killed.
  rm -rf $PRODUCT/.unpacking $PRODUCT/.download
}

# --- words -------------------------------------------------------------------------------------------------------------------

say() { printf '%s\n' "${1-}"; }

tell() { printf '  %-8s %s\n' "$1" "$2"; }

lacks() {
  lacking=$((lacking + 1))
  tell lacks "$1: $2"
}

# In a dry run everything that is missing is told, and nothing of it is an error.
stop_if_lacking() {
  if [ $lacking -gt 0 ] && [ -z "$dry_run" ]; then fail "$lacking missing: see above. Nothing was changed"; fi
}

fail_unless_dry() {
  [ -n "$dry_run" ] || fail "$@"
  lacks "$1" "${2-}"
}

fail() {
  printf 'error: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf '  next: %s\n' "$2" >&2; fi
  exit 1
}

main "$@"
