# Shared by the plugin's entries, which set `here` to this folder: finds Node.js and becomes it, so that a signal from Rundeck reaches it.
# Nothing here may need a PATH: Rundeck 5 gives its plugins none.

oldest_node=20
# the Rundeck server's process, once its environment has been imported
server_pid=

# Rundeck 5 hands its plugins no environment but RD_*: credentials, proxies and PATH are the server's, our parent's. What is set here stays.
# Rundeck 6 hands over all of the server's, and RD_* that the server itself was started with are not Rundeck's word on this run. A
# parent that has this very work in its environment is no server, but something that Rundeck or a person has put in between.
import_server_environment() {
  [[ -z $server_pid ]] || return 0
  local pid=$PPID level=0 handed_down same
  # bash makes up a PATH of its own, without exporting it. (The backquotes, and no break or continue here: see `on_kill` in client.sh.)
  [[ `declare -p PATH 2>/dev/null` == 'declare -x'* ]] || unset PATH
  while ((level++ < 3)) && read_environment_of "$pid" && is_between; do find_parent; done
  [[ -z $handed_down ]] || forget_same
  server_pid=$pid
}

# Exports what is missing here. Sets `same`, the RD_* that are the same there, and `handed_down` unless everything else there is missing
# here: then, as with Rundeck 5, a value that only happens to be the same is Rundeck's.
read_environment_of() {
  local entry name value others=''
  handed_down='' same=()
  # Another system's server, or another user's: Rundeck 6 gives us all anyway.
  [[ -r /proc/$1/environ ]] || return 0
  while IFS= read -r -d '' entry; do read_entry; done 2>/dev/null <"/proc/$1/environ"
  [[ -n $others ]] || handed_down=yes
}

read_entry() {
  name=${entry%%=*} value=${entry#*=}
  case $name in
    '' | [0-9]* | *[!A-Za-z0-9_]*) return ;;
    # bash sets these itself
    PWD | OLDPWD | SHLVL | _ | SHELL | TERM | HOSTNAME | HOSTTYPE | MACHTYPE | OSTYPE | UID | EUID | PPID | BASH*) return ;;
  esac
  [[ $name == RD_* ]] || others=yes
  if [[ -n ${!name+set} ]]; then
    [[ ${!name} == "$value" ]] || return
    case $name in RD_*) same+=("$name") ;; *) handed_down=yes ;; esac
    return
  fi
  case $name in
    AWS_* | RUNDECK_SSM_* | SSM_BRIDGE_NODE | HOME | PATH | NODE_EXTRA_CA_CERTS) export "$name=$value" ;;
    HTTP_PROXY | HTTPS_PROXY | ALL_PROXY | NO_PROXY) export "$name=$value" ;;
    http_proxy | https_proxy | all_proxy | no_proxy) export "$name=$value" ;;
  esac
}

is_between() {
  [[ " ${same[*]} " == *' RD_EXEC_COMMAND '* || " ${same[*]} " == *' RD_FILE_COPY_FILE '* ||
    " ${same[*]} " == *' RD_CONFIG_DOCUMENT '* ]] &&
    [[ -z ${RD_NODE_NAME+set} || " ${same[*]} " == *' RD_NODE_NAME '* ]]
}

# Goes on from `pid` to its parent.
find_parent() {
  local key value child=$pid
  pid=
  while read -r key value; do
    [[ $key == PPid: ]] && pid=$value && return
  done 2>/dev/null <"/proc/$child/status"
}

# What Rundeck sets for every run is its word, whatever a server that a job has started may have of an earlier one.
forget_same() {
  local name
  for name in "${same[@]}"; do
    case $name in
      RD_EXEC_COMMAND | RD_FILE_COPY_* | RD_CONFIG_DOCUMENT | RD_NODE_NAME | RD_NODE_HOSTNAME | RD_RUNDECK_* | RD_PLUGIN_*) ;;
      *) unset "$name" ;;
    esac
  done
}

# Ends with the one line that a user of Rundeck sees.
refuse() {
  printf 'rundeck-ssm: %s\n' "$*" >&2
  exit 78
}

remedy="install Node.js $oldest_node or newer on the Rundeck server, or set SSM_BRIDGE_NODE in the server's environment (or the plugin property ssm-node-path) to the path of its program node"

add_node() {
  local known
  [[ $1 == /* && -f $1 && -x $1 ]] || return 0
  for known in "${nodes[@]}"; do
    [[ $1 -ef $known ]] && return 0
  done
  nodes+=("$1")
}

# Every node of this machine, the likeliest first.
list_nodes() {
  local folder IFS=:
  nodes=()
  for folder in $PATH; do add_node "$folder/node"; done
  IFS=
  add_node /usr/local/bin/node
  add_node /usr/bin/node
  for folder in /usr/bin/node-[2-9][0-9] /usr/bin/nodejs \
    /opt/node*/bin/node /usr/local/node*/bin/node /usr/local/lib/nodejs/*/bin/node \
    "${HOME:-/nonexistent}"/.nvm/versions/node/v[2-9][0-9].*/bin/node /usr/local/nvm/versions/node/v[2-9][0-9].*/bin/node \
    "${HOME:-/nonexistent}"/.volta/bin/node "${HOME:-/nonexistent}"/.local/bin/node \
    /snap/bin/node /opt/homebrew/bin/node /home/linuxbrew/.linuxbrew/bin/node /opt/rh/rh-nodejs[2-9][0-9]/root/usr/bin/node; do
    add_node "$folder"
  done
}

# Usage: ask_version PROGRAM. Sets `version`, empty where it is no Node.js: that would do something else, or nothing, and nobody would know,
# since we become it. To ask takes as long as a start, so an answer that will do is kept beside us, for as long as the program is not newer.
# (One that will not do is asked again: whoever unpacks a new one there gets it with a time of long ago.)
ask_version() {
  local note=$here/node.known known
  version=
  if [[ -f $note && -O $note && ! -L $note && $note -nt $1 ]]; then
    IFS= read -r known 2>/dev/null <"$note"
    [[ ${known#* } == "$1" && $known == v[1-9]* ]] && version=${known%% *} && return
  fi
  version=$("$1" --version 2>/dev/null </dev/null)
  [[ $version =~ ^v([1-9][0-9]*)\.[0-9.]+$ ]] || { version= && return; }
  ((BASH_REMATCH[1] < oldest_node)) || { printf '%s %s\n' "$version" "$1" >"$note"; } 2>/dev/null
}

# Sets `node`. Whether a choice of the user's is new enough start.cjs says.
find_node() {
  local name chosen='' candidate version seen=
  for name in RD_CONFIG_SSM_NODE_PATH RUNDECK_SSM_NODE SSM_BRIDGE_NODE; do
    [[ -z ${!name-} ]] || { chosen=${!name} && break; }
  done
  if [[ -n $chosen ]]; then
    [[ $name != RD_* ]] || name=ssm-node-path
    [[ -d $chosen ]] && chosen=$chosen/node
    [[ -f $chosen && -x $chosen ]] ||
      refuse "setting-invalid: $name is $(printf %q "$chosen"), where there is no program: it must be the path of Node.js; correct it"
    ask_version "$chosen"
    [[ $version ]] || refuse "setting-invalid: $name is $(printf %q "$chosen"), which is no Node.js: correct it"
    node=$chosen
    return
  fi
  if [[ -f $here/node ]]; then
    # A zip keeps no exec bits.
    [[ -x $here/node ]] || PATH=/usr/bin:/bin chmod u+x "$here/node" 2>/dev/null
    [[ -x $here/node ]] && node=$here/node && return
  fi
  list_nodes
  for candidate in "${nodes[@]}"; do
    ask_version "$candidate"
    if [[ $version =~ ^v([0-9]+) ]]; then
      ((BASH_REMATCH[1] >= oldest_node)) && node=$candidate && return
      seen+="${seen:+, }$candidate is $version"
    fi
  done
  refuse "setting-missing: found no Node.js $oldest_node or newer${seen:+ ($seen)}: $remedy"
}

# The server's own settings for bash and for Node.js programs are not meant for us: a --require of its would end every run.
forget_strangers() {
  local name
  unset BASH_ENV ENV SSLKEYLOGFILE
  for name in ${!NODE_*}; do
    [[ $name == NODE_EXTRA_CA_CERTS ]] || unset "$name"
  done
  # Node would say so in words of its own.
  if [[ -n ${NODE_EXTRA_CA_CERTS-} ]] && ! holds_certificate "$NODE_EXTRA_CA_CERTS"; then
    printf 'rundeck-ssm: note: NODE_EXTRA_CA_CERTS names %q, which holds no certificate that can be read: it is passed over\n' "$NODE_EXTRA_CA_CERTS" >&2
    unset NODE_EXTRA_CA_CERTS
  fi
}

holds_certificate() {
  local line
  [[ -f $1 && -r $1 ]] || return
  # a bundle of hundreds has its first one early
  while IFS= read -r line; do
    [[ $line == *'-----BEGIN '*'CERTIFICATE-----'* ]] && return
  done 2>/dev/null <"$1"
  return 1
}

# Usage: start_bundle NAME [ARGUMENT…]
start_bundle() {
  forget_strangers
  find_node
  # The SDK's advice about Node versions is for us to follow, not for every job's log.
  export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
  shopt -s execfail
  exec "$node" --no-warnings "$here/start.cjs" "$@"
  refuse "setting-invalid: could not start $(printf %q "$node"): $remedy"
}

# Usage: start_shared exec|copy. By the sidecar, where that may be; where not, its client is not even read.
start_shared() {
  if wants_sidecar; then
    # a wrong one is wrong with a sidecar that runs, too
    [[ -z ${RD_CONFIG_SSM_NODE_PATH-} ]] || find_node
    . "$here/client.sh"
    run_shared "$1"
  fi
  import_server_environment
  start_bundle "$1"
}

# bash 4.2 loses bytes in read -N. Elsewhere than on Linux nobody could tell the sidecar what our environment is.
wants_sidecar() {
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) && [[ -r /proc/$$/environ ]] && may_share
}

# By the nearest of the layers that we see.
may_share() {
  [[ ${RD_NODE_SSM_SIDECAR:-${RD_CONFIG_SSM_SIDECAR:-${RUNDECK_SSM_SIDECAR-}}} != off ]]
}
