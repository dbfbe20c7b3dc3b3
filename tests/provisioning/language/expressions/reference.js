// Answers one line of JSON for each line of JSON: what V8 makes of an expression.
"use strict";
const readline = require("node:readline");

const RealDate = Date;
const quote = (text) => JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"));

function show(value) {
  if (value === undefined) return "undefined";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return quote(value);
  if (typeof value === "function") return "function";
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof RealDate) return `Date(${value.getTime()})`;
  if (value instanceof RegExp) return `RegExp(${quote(String(value))})`;
  if (Array.isArray(value)) {
    const extra = Object.keys(value).slice(value.length).map((key) => `,${key}:${show(value[key])}`);
    return `[${value.map(show).join(",")}${extra.join("")}]`;
  }
  return `{${Object.keys(value).map((key) => `${quote(key)}:${show(value[key])}`).join(",")}}`;
}

function answer({ source, profile, event, now }) {
  globalThis.Date = RealDate;
  RealDate.now = () => now * 1000;
  let run;
  try {
    run = new Function("PROFILE", "EVENT", "NOW", `"use strict"; return (${source}\n);`);
  } catch (error) {
    return { refused: error.name };
  }
  try {
    return { value: show(run(profile, event, now)) };
  } catch (error) {
    return { error: error.name };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
