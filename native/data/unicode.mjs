// Writes native/data/unicode.json, the Unicode properties that patterns may name: run `node native/data/unicode.mjs` from the top.
// The engine's own regular expressions are asked, code point by code point, so that the table is what ECMA-262 says (its annexes 66 to
// 68 list the names), of the Unicode version that the engine has and the file names.

import { writeFileSync } from "node:fs";

const CATEGORIES = {
  Lu: "Uppercase_Letter", Ll: "Lowercase_Letter", Lt: "Titlecase_Letter", Lm: "Modifier_Letter", Lo: "Other_Letter",
  Mn: "Nonspacing_Mark", Mc: "Spacing_Mark", Me: "Enclosing_Mark",
  Nd: "Decimal_Number", Nl: "Letter_Number", No: "Other_Number",
  Pc: "Connector_Punctuation", Pd: "Dash_Punctuation", Ps: "Open_Punctuation", Pe: "Close_Punctuation",
  Pi: "Initial_Punctuation", Pf: "Final_Punctuation", Po: "Other_Punctuation",
  Sm: "Math_Symbol", Sc: "Currency_Symbol", Sk: "Modifier_Symbol", So: "Other_Symbol",
  Zs: "Space_Separator", Zl: "Line_Separator", Zp: "Paragraph_Separator",
  Cc: "Control", Cf: "Format", Co: "Private_Use", Cn: "Unassigned",
};
const GROUPS = {
  L: "Letter", LC: "Cased_Letter", M: "Mark", N: "Number", P: "Punctuation", S: "Symbol", Z: "Separator", C: "Other",
};
const SCRIPTS = {
  Latn: "Latin", Grek: "Greek", Cyrl: "Cyrillic", Armn: "Armenian", Hebr: "Hebrew", Arab: "Arabic", Deva: "Devanagari", Beng: "Bengali",
  Guru: "Gurmukhi", Gujr: "Gujarati", Taml: "Tamil", Telu: "Telugu", Knda: "Kannada", Mlym: "Malayalam", Sinh: "Sinhala", Thai: "Thai",
  Laoo: "Lao", Tibt: "Tibetan", Mymr: "Myanmar", Geor: "Georgian", Hang: "Hangul", Ethi: "Ethiopic", Khmr: "Khmer", Mong: "Mongolian",
  Hira: "Hiragana", Kana: "Katakana", Bopo: "Bopomofo", Hani: "Han", Zyyy: "Common", Zinh: "Inherited",
};
const BINARY = { Alpha: "Alphabetic", Lower: "Lowercase", Upper: "Uppercase", space: "White_Space", AHex: "ASCII_Hex_Digit",
  IDS: "ID_Start", IDC: "ID_Continue", Emoji: "Emoji" };

function ranges(property) {
  const expression = new RegExp(`^\\p{${property}}$`, "u");
  const found = [];
  let start = -1;
  for (let code = 0; code <= 0x110000; code++) {
    const surrogate = code >= 0xd800 && code <= 0xdfff;
    const inside = code < 0x110000 && !surrogate && expression.test(String.fromCodePoint(code));
    if (inside && start < 0) start = code;
    if (!inside && start >= 0) {
      found.push(start === code - 1 ? start.toString(16) : `${start.toString(16)}-${(code - 1).toString(16)}`);
      start = -1;
    }
  }
  return found.join(" ");
}

const names = (table) => Object.fromEntries(Object.entries(table).map(([short, long]) => [long, short]));
const tables = (table, prefix) => Object.fromEntries(Object.keys(table).map((short) => [short, ranges(prefix + short)]));
const members = Object.fromEntries(
  Object.keys(GROUPS).map((group) => [group, Object.keys(CATEGORIES).filter((category) =>
    group === "LC" ? ["Lu", "Ll", "Lt"].includes(category) : category.startsWith(group))]),
);
const file = {
  unicode: process.versions.unicode,
  categories: tables(CATEGORIES, "gc="),
  groups: members,
  scripts: tables(SCRIPTS, "sc="),
  binary: tables(BINARY, ""),
  names: { categories: { ...names(CATEGORIES), ...names(GROUPS), digit: "Nd", punct: "P", Combining_Mark: "M" }, scripts: names(SCRIPTS), binary: names(BINARY) },
};
writeFileSync(new URL("unicode.json", import.meta.url), JSON.stringify(file, null, 1) + "\n");
