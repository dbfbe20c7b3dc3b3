// YAML with JavaScript inside: in `${…}` of any value, and in the whole value of `if`.
import { javascriptLanguage } from "@codemirror/lang-javascript";
import { yamlLanguage } from "@codemirror/lang-yaml";
import { LanguageSupport } from "@codemirror/language";
import { type Input, type NestedParse, parseMixed, type SyntaxNodeRef } from "@lezer/common";
import { interpolations } from "./interpolation.ts";

const LONGEST = 8192; // an expression has at most 4 KiB; what is longer is text
const expression = javascriptLanguage.parser.configure({ top: "SingleExpression" });

export function configurationLanguage(): LanguageSupport {
  return new LanguageSupport(yamlLanguage.configure({ wrap: parseMixed(expressionsIn) }));
}

function expressionsIn(node: SyntaxNodeRef, input: Input): NestedParse | null {
  const quoted = node.name === "QuotedLiteral";
  if (!(quoted || node.name === "Literal" || node.name === "BlockLiteralContent")) return null;
  if (node.to - node.from > LONGEST) return null;
  const text = input.read(node.from, node.to);
  const ranges = interpolations(text).filter((range) => range.to > range.from);
  if (ranges.length === 0) return isCondition(node, input) ? whole(node, quoted) : null;
  return { parser: expression, overlay: ranges.map(({ from, to }) => ({ from: node.from + from, to: node.from + to })) };
}

function isCondition(node: SyntaxNodeRef, input: Input): boolean {
  const key = node.node.parent?.getChild("Key");
  return !!key && key.to <= node.from && input.read(key.from, key.to) === "if";
}

function whole(node: SyntaxNodeRef, quoted: boolean): NestedParse | null {
  const edge = quoted ? 1 : 0;
  const range = { from: node.from + edge, to: node.to - edge };
  return range.to > range.from ? { parser: expression, overlay: [range] } : null;
}
