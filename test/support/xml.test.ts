import { describe, expect, test } from "vitest";
import { parseXml } from "./xml.ts";

describe("XML", () => {
  test("is read with its attributes, entities and CDATA", () => {
    const source = `<?xml version="1.0"?>
<a b='1 &lt; "2"' c="x
y"><!-- none --><d/><e>&amp;<![CDATA[<&]]></e></a>
`;
    const leaf = { attributes: {}, children: [] };
    expect(parseXml(source)).toEqual({
      name: "a",
      attributes: { b: '1 < "2"', c: "x y" },
      text: "",
      children: [
        { ...leaf, name: "d", text: "" },
        { ...leaf, name: "e", text: "&<&" },
      ],
    });
  });

  test.each([
    "",
    "text",
    "<a>",
    "<a></b>",
    "<a/></a>",
    "<a/><b/>",
    "<a b=c/>",
    "<a b='<'/>",
    "<a b='1' b='2'/>",
    "<a>&nbsp;</a>",
    "<a>1 & 2</a>",
    "<a>1 < 2</a>",
    "<a><![CDATA[</a>",
  ])("that is not well-formed is refused: %s", (source) => {
    expect(() => parseXml(source)).toThrow(/well-formed|root|end|entity|twice/);
  });
});
