# nothing is made to remove something: where there is no way to it there is nothing
mkdir() { false; }
fail() {
  answer removed
  exit 0
}
