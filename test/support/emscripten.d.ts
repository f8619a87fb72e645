/** What the declarations of web-tree-sitter name and do not bring along; nothing of it is used here. */
type EmscriptenModule = object;
