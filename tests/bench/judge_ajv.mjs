// Judges values with ajv (JSON Schema 2020-12, ECMA-262 patterns, formats asserted), for tests/bench/negatives_judged.py.
//
// Reads lines of JSON from standard input and answers each with one: {"schema": S} keeps S and answers "ok" or why it is refused;
// {"value": V} answers whether V is valid for the schema that was kept last. The modules ajv and ajv-formats are those of the folder argv[2].
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

let validate;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let answer;
  if ("schema" in asked) {
    try {
      const ajv = new Ajv({ strict: false, logger: false, unicodeRegExp: false, validateSchema: false });
      addFormats(ajv);
      validate = ajv.compile(asked.schema);
      answer = "ok";
    } catch (error) {
      validate = undefined;
      answer = String(error.message).slice(0, 200);
    }
  } else {
    answer = validate(asked.value);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
