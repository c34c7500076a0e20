// Writes native/data/unicode.json, the Unicode properties that patterns may name and the characters that differ in case: run `node native/data/unicode.mjs` from the top.
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
  Adlm: "Adlam", Aghb: "Caucasian_Albanian", Ahom: "Ahom", Arab: "Arabic", Armi: "Imperial_Aramaic", Armn: "Armenian", Avst: "Avestan",
  Bali: "Balinese", Bamu: "Bamum", Bass: "Bassa_Vah", Batk: "Batak", Beng: "Bengali", Berf: "Beria_Erfe", Bhks: "Bhaiksuki",
  Bopo: "Bopomofo", Brah: "Brahmi", Brai: "Braille", Bugi: "Buginese", Buhd: "Buhid", Cakm: "Chakma", Cans: "Canadian_Aboriginal",
  Cari: "Carian", Cham: "Cham", Cher: "Cherokee", Chrs: "Chorasmian", Copt: "Coptic", Cpmn: "Cypro_Minoan", Cprt: "Cypriot",
  Cyrl: "Cyrillic", Deva: "Devanagari", Diak: "Dives_Akuru", Dogr: "Dogra", Dsrt: "Deseret", Dupl: "Duployan",
  Egyp: "Egyptian_Hieroglyphs", Elba: "Elbasan", Elym: "Elymaic", Ethi: "Ethiopic", Gara: "Garay", Geor: "Georgian",
  Glag: "Glagolitic", Gong: "Gunjala_Gondi", Gonm: "Masaram_Gondi", Goth: "Gothic", Gran: "Grantha", Grek: "Greek", Gujr: "Gujarati",
  Gukh: "Gurung_Khema", Guru: "Gurmukhi", Hang: "Hangul", Hani: "Han", Hano: "Hanunoo", Hatr: "Hatran", Hebr: "Hebrew",
  Hira: "Hiragana", Hluw: "Anatolian_Hieroglyphs", Hmng: "Pahawh_Hmong", Hmnp: "Nyiakeng_Puachue_Hmong", Hung: "Old_Hungarian",
  Ital: "Old_Italic", Java: "Javanese", Kali: "Kayah_Li", Kana: "Katakana", Kawi: "Kawi", Khar: "Kharoshthi", Khmr: "Khmer",
  Khoj: "Khojki", Kits: "Khitan_Small_Script", Knda: "Kannada", Krai: "Kirat_Rai", Kthi: "Kaithi", Lana: "Tai_Tham", Laoo: "Lao",
  Latn: "Latin", Lepc: "Lepcha", Limb: "Limbu", Lina: "Linear_A", Linb: "Linear_B", Lisu: "Lisu", Lyci: "Lycian", Lydi: "Lydian",
  Mahj: "Mahajani", Maka: "Makasar", Mand: "Mandaic", Mani: "Manichaean", Marc: "Marchen", Medf: "Medefaidrin", Mend: "Mende_Kikakui",
  Merc: "Meroitic_Cursive", Mero: "Meroitic_Hieroglyphs", Mlym: "Malayalam", Modi: "Modi", Mong: "Mongolian", Mroo: "Mro",
  Mtei: "Meetei_Mayek", Mult: "Multani", Mymr: "Myanmar", Nagm: "Nag_Mundari", Nand: "Nandinagari", Narb: "Old_North_Arabian",
  Nbat: "Nabataean", Newa: "Newa", Nkoo: "Nko", Nshu: "Nushu", Ogam: "Ogham", Olck: "Ol_Chiki", Onao: "Ol_Onal", Orkh: "Old_Turkic",
  Orya: "Oriya", Osge: "Osage", Osma: "Osmanya", Ougr: "Old_Uyghur", Palm: "Palmyrene", Pauc: "Pau_Cin_Hau", Perm: "Old_Permic",
  Phag: "Phags_Pa", Phli: "Inscriptional_Pahlavi", Phlp: "Psalter_Pahlavi", Phnx: "Phoenician", Plrd: "Miao",
  Prti: "Inscriptional_Parthian", Rjng: "Rejang", Rohg: "Hanifi_Rohingya", Runr: "Runic", Samr: "Samaritan", Sarb: "Old_South_Arabian",
  Saur: "Saurashtra", Sgnw: "SignWriting", Shaw: "Shavian", Shrd: "Sharada", Sidd: "Siddham", Sidt: "Sidetic", Sind: "Khudawadi",
  Sinh: "Sinhala", Sogd: "Sogdian", Sogo: "Old_Sogdian", Sora: "Sora_Sompeng", Soyo: "Soyombo", Sund: "Sundanese", Sunu: "Sunuwar",
  Sylo: "Syloti_Nagri", Syrc: "Syriac", Tagb: "Tagbanwa", Takr: "Takri", Tale: "Tai_Le", Talu: "New_Tai_Lue", Taml: "Tamil",
  Tang: "Tangut", Tavt: "Tai_Viet", Tayo: "Tai_Yo", Telu: "Telugu", Tfng: "Tifinagh", Tglg: "Tagalog", Thaa: "Thaana", Thai: "Thai",
  Tibt: "Tibetan", Tirh: "Tirhuta", Tnsa: "Tangsa", Todr: "Todhri", Tols: "Tolong_Siki", Toto: "Toto", Tutg: "Tulu_Tigalari",
  Ugar: "Ugaritic", Vaii: "Vai", Vith: "Vithkuqi", Wara: "Warang_Citi", Wcho: "Wancho", Xpeo: "Old_Persian", Xsux: "Cuneiform",
  Yezi: "Yezidi", Yiii: "Yi", Zanb: "Zanabazar_Square", Zinh: "Inherited", Zyyy: "Common",
};
const BINARY = {
  AHex: "ASCII_Hex_Digit", Assigned: "Assigned", Alpha: "Alphabetic", Bidi_C: "Bidi_Control", Bidi_M: "Bidi_Mirrored", CI: "Case_Ignorable", Cased: "Cased",
  CWCF: "Changes_When_Casefolded", CWCM: "Changes_When_Casemapped", CWKCF: "Changes_When_NFKC_Casefolded",
  CWL: "Changes_When_Lowercased", CWT: "Changes_When_Titlecased", CWU: "Changes_When_Uppercased", Dash: "Dash",
  DI: "Default_Ignorable_Code_Point", Dep: "Deprecated", Dia: "Diacritic", EBase: "Emoji_Modifier_Base", EComp: "Emoji_Component",
  EMod: "Emoji_Modifier", Emoji: "Emoji", EPres: "Emoji_Presentation", Ext: "Extender", ExtPict: "Extended_Pictographic",
  Gr_Base: "Grapheme_Base", Gr_Ext: "Grapheme_Extend", Hex: "Hex_Digit", IDC: "ID_Continue", Ideo: "Ideographic", IDS: "ID_Start",
  IDSB: "IDS_Binary_Operator", IDST: "IDS_Trinary_Operator", Join_C: "Join_Control", LOE: "Logical_Order_Exception",
  Lower: "Lowercase", Math: "Math", NChar: "Noncharacter_Code_Point", Pat_Syn: "Pattern_Syntax", Pat_WS: "Pattern_White_Space",
  QMark: "Quotation_Mark", Radical: "Radical", RI: "Regional_Indicator", SD: "Soft_Dotted", space: "White_Space",
  STerm: "Sentence_Terminal", Term: "Terminal_Punctuation", UIdeo: "Unified_Ideograph", Upper: "Uppercase", VS: "Variation_Selector",
  XIDC: "XID_Continue", XIDS: "XID_Start",
};

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

// The characters that are one without regard to case (Canonicalize with the flags i and u: simple case folding), apart by =.
function cases() {
  const cased = [];
  for (let code = 0; code < 0x110000; code++) {
    const surrogate = code >= 0xd800 && code <= 0xdfff;
    if (!surrogate && /[\p{Cased}\p{CWCM}\p{CWCF}]/u.test(String.fromCodePoint(code))) cased.push(code);
  }
  const all = cased.map((code) => String.fromCodePoint(code)).join("");
  const found = [];
  const known = new Set();
  for (const code of cased) {
    if (known.has(code)) continue;
    const same = all.match(new RegExp(`\\u{${code.toString(16)}}`, "giu")).map((char) => char.codePointAt(0));
    same.forEach((other) => known.add(other));
    if (same.length > 1) found.push(same.map((other) => other.toString(16)).join("="));
  }
  return found.join(" ");
}

const names = (table) => Object.fromEntries(Object.entries(table).map(([short, long]) => [long, short]));
const tables = (table, prefix) => Object.fromEntries(Object.keys(table).map((short) => [short, ranges(prefix + short)]));
const members = Object.fromEntries(
  Object.keys(GROUPS).map((group) => [group, Object.keys(CATEGORIES).filter((category) =>
    group === "LC" ? ["Lu", "Ll", "Lt"].includes(category) : category.startsWith(group))]),
);
const scripts = tables(SCRIPTS, "sc=");
const extensions = Object.fromEntries(Object.entries(tables(SCRIPTS, "scx=")).filter(([short, written]) => written !== scripts[short]));
const file = {
  unicode: process.versions.unicode,
  categories: tables(CATEGORIES, "gc="),
  groups: members,
  scripts,
  extensions,
  binary: tables(BINARY, ""),
  cases: cases(),
  names: {
    categories: { ...names(CATEGORIES), ...names(GROUPS), cntrl: "Cc", digit: "Nd", punct: "P", Combining_Mark: "M" },
    scripts: { ...names(SCRIPTS), Qaac: "Copt", Qaai: "Zinh" }, binary: names(BINARY) },
};
writeFileSync(new URL("unicode.json", import.meta.url), JSON.stringify(file, null, 1) + "\n");
