// Judges values by ajv: reads lines {"schema": ..., "values": [...]}, writes for each a line [null or the keyword violated, ...] ("format NAME"); for a
// schema that ajv refuses "failed: ..." for each. To a line {"pattern": ...} it says true (with the flag u), null (without), false. Patterns are ECMA-262 with the flag u (modifiers written out), or where that refuses a pattern, without.
// The folder of node's packages is the first argument.
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");
const { expanded } = require("./modifiers.cjs");

const load = createRequire(process.argv[2] + "/");
const Ajv = load("ajv/dist/2020").default;
const formats = load("ajv-formats").default;

function engine(pattern, flags) {
  try {
    return new RegExp(expanded(pattern) ?? pattern, "u");
  } catch {
    return new RegExp(pattern, flags.replace("u", ""));
  }
}
function isPattern(pattern) {
  try {
    return engine(pattern, "").unicode || null;
  } catch {
    return false;
  }
}
engine.code = "require('ajv-judge').engine";

createInterface({ input: process.stdin }).on("line", (line) => {
  const { schema, values, pattern } = JSON.parse(line);
  let answer;
  try {
    if (pattern !== undefined) return process.stdout.write(isPattern(pattern) + "\n");
    const ajv = new Ajv({ strict: false, logger: false, validateFormats: true, validateSchema: false, code: { regExp: engine } });
    formats(ajv);
    const validate = ajv.compile(schema);
    const word = ({ keyword, params }) => (keyword === "format" ? `format ${params.format}` : keyword);
    answer = values.map((value) => (validate(value) ? null : word(validate.errors.at(-1))));
  } catch (error) {
    answer = values.map(() => `failed: ${String(error.message).slice(0, 60)}`);
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
