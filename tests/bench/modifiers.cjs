// ECMA-262's modifiers of groups, (?i:...), (?s-m:...), written out for an engine that does not have them: what matches under i is asked of
// the engine's own flag, code point by code point. A back-reference under i cannot be written out.
const TOKEN =
  /\\u\{[0-9a-f]+\}|\\u[d][89ab]..\\u[d][c-f]..|\\u.{4}|\\x..|\\c[a-z]|\\p\{[^}]*\}|\\k<[^>]*>|\\[1-9]\d*|\\[^]|\[(?:\\[^]|[^\]\\])*\]|\(\?[ims]*(?:-[ims]*)?:|\(\?<[^=!][^>]*>|[^]/giu;
const HEAD = /^\(\?([ims]*)(?:-([ims]*))?:$/;
const ENDS = "\\n\\r\\u2028\\u2029";
const WORD = "[\\w\\u017f\\u212a]";
const written = new Map();

function ranges(token) {
  if (!written.has(token)) {
    const expression = new RegExp(`^(?:${token})$`, "iu");
    const found = [];
    for (let code = 0; code < 0x110000; code++) {
      if ((code >= 0xd800 && code <= 0xdfff) || !expression.test(String.fromCodePoint(code))) continue;
      const last = found.at(-1);
      if (last && last[1] === code - 1) last[1] = code;
      else found.push([code, code]);
    }
    const spelt = (code) => `\\u{${code.toString(16)}}`;
    written.set(token, `[${found.map(([first, last]) => `${spelt(first)}-${spelt(last)}`).join("")}]`);
  }
  return written.get(token);
}

function flagsWithin(head, flags) {
  const found = HEAD.exec(head);
  if (!found || head === "(?:") return flags;
  const [, added, removed = ""] = found;
  const both = added + removed;
  if (!both || new Set(both).size < both.length) throw new SyntaxError("flags that stand twice or are none");
  return [...new Set(flags + added)].filter((flag) => !removed.includes(flag)).join("");
}

function ofAnyCase(token) {
  if (token === "\\b") return `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`;
  if (token === "\\B") return `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`;
  if (/^\\(?:k<|[1-9])/.test(token)) throw new SyntaxError("a back-reference under the flag i");
  return /^(?:\\|\[.|[a-z]|[^\x00-\x7f])/isu.test(token) ? ranges(token) : token;
}

function translated(token, flags) {
  if (HEAD.test(token)) return "(?:";
  if (token === "." && flags.includes("s")) return "[^]";
  if (token === "^" && flags.includes("m")) return `(?<=^|[${ENDS}])`;
  if (token === "$" && flags.includes("m")) return `(?=$|[${ENDS}])`;
  return flags.includes("i") ? ofAnyCase(token) : token;
}

// The pattern without modifiers; null for one that has none. Throws SyntaxError.
exports.expanded = function expanded(pattern) {
  if (!/\(\?[ims]*-?[ims]*:/.test(pattern.replaceAll("(?:", ""))) return null;
  const outer = [];
  let flags = "";
  let made = "";
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token[0] === "(") {
      outer.push(flags);
      flags = flagsWithin(token, flags);
    }
    made += translated(token, flags);
    if (token === ")") flags = outer.pop() ?? "";
  }
  return made;
};
