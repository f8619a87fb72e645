make_folder() {
  [ -d "${1:-/}" ] || { make_folder "${1%/*}" && { mkdir "$1" || [ -d "$1" ]; } && chmod 755 "$1" && own "$1"; }
}
[ ! -d "$real" ] || fail directory
make_folder "$folder" || fail folder
