# Shared by the plugin's entries, which set `here` to this folder: finds Node.js and becomes it, so that a signal from Rundeck reaches it.
# Nothing here may need a PATH: Rundeck 5 gives its plugins none.

oldest_node=20

# Rundeck 5 hands its plugins no environment but RD_*: credentials, proxies and PATH are the server's, our parent's. What is set here stays.
import_server_environment() {
  local entry name
  # bash makes up a PATH of its own, without exporting it.
  [[ $(declare -p PATH 2>/dev/null) == 'declare -x'* ]] || unset PATH
  # Another system's server, or another user's: Rundeck 6 gives us all anyway.
  [[ -r /proc/$PPID/environ ]] || return 0
  while IFS= read -r -d '' entry; do
    name=${entry%%=*}
    case $name in
      AWS_* | RUNDECK_SSM_* | HOME | PATH | NODE_EXTRA_CA_CERTS) ;;
      HTTP_PROXY | HTTPS_PROXY | NO_PROXY | http_proxy | https_proxy | no_proxy) ;;
      *) continue ;;
    esac
    [[ $name =~ ^[A-Za-z0-9_]+$ && -z ${!name+set} ]] || continue
    export "$name=${entry#*=}"
  done 2>/dev/null <"/proc/$PPID/environ"
}

# Ends with the one line that a user of Rundeck sees.
refuse() {
  printf 'rundeck-ssm: %s\n' "$*" >&2
  exit 78
}

remedy="install Node.js $oldest_node or newer on the Rundeck server, or set RUNDECK_SSM_NODE in the server's environment (or the plugin property ssm-node-path) to the path of its program node"

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

# Sets `node`. A choice of the user's is taken as it is, and so is an only candidate: start.cjs checks its version itself, at no cost.
find_node() {
  local chosen=${RD_CONFIG_SSM_NODE_PATH:-${RUNDECK_SSM_NODE:-}} candidate version seen=
  if [[ -n $chosen ]]; then
    [[ -d $chosen ]] && chosen=$chosen/node
    [[ -f $chosen && -x $chosen ]] ||
      refuse "setting-invalid: there is no program at $(printf %q "$chosen"), where ssm-node-path or RUNDECK_SSM_NODE says that Node.js is: correct it"
    node=$chosen
    return
  fi
  if [[ -f $here/node ]]; then
    # A zip keeps no exec bits.
    [[ -x $here/node ]] || PATH=/usr/bin:/bin chmod u+x "$here/node" 2>/dev/null
    [[ -x $here/node ]] && node=$here/node && return
  fi
  list_nodes
  if ((${#nodes[@]} == 1)); then
    node=${nodes[0]}
    return
  fi
  for candidate in "${nodes[@]}"; do
    version=$("$candidate" --version 2>/dev/null </dev/null)
    if [[ $version =~ ^v([0-9]+)\.[0-9.]+$ ]]; then
      ((BASH_REMATCH[1] >= oldest_node)) && node=$candidate && return
      seen+="${seen:+, }$candidate is $version"
    fi
  done
  refuse "setting-missing: found no Node.js $oldest_node or newer${seen:+ ($seen)}: $remedy"
}

# Usage: start_bundle NAME [ARGUMENT…]
start_bundle() {
  find_node
  # The SDK's advice about Node versions is for us to follow, not for every job's log.
  export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
  shopt -s execfail
  exec "$node" "$here/start.cjs" "$@"
  refuse "setting-invalid: could not start $(printf %q "$node"): $remedy"
}
