import { expect, test } from "vitest";
import { decodeGo, goJsonLength } from "../../../src/local/node/go-text.ts";

test.each([
  ["valid text", "a\u00e9\u20ac\u{1f600}", "a\u00e9\u20ac\u{1f600}"],
  ["a lone byte", Buffer.from([0x61, 0xff, 0x62]), "a\ufffdb"],
  ["a cut character", Buffer.from([0xf0, 0x9f, 0x98]), "\ufffd\ufffd\ufffd"],
  ["an overlong form", Buffer.from([0xc0, 0x80]), "\ufffd\ufffd"],
  ["a surrogate", Buffer.from([0xed, 0xa0, 0x80]), "\ufffd\ufffd\ufffd"],
  [
    "a good one after a bad one",
    Buffer.from([0xe2, 0x82, 0xc3, 0xa9]),
    "\ufffd\ufffd\u00e9",
  ],
])("%s is decoded as Go does", (_, bytes, text) => {
  expect(decodeGo(Buffer.from(bytes))).toBe(text);
});

test.each([
  ["abc", 5],
  ["\u00e9", 4],
  ["<>&", 20],
  ["\0\u0001\u001b", 20],
  ['"\\\n\r\t', 12],
  ["\u2028", 8],
  ["\ufffd", 8],
])("%j takes %i bytes in Go's JSON", (text, bytes) => {
  expect(goJsonLength(text)).toBe(bytes);
});
