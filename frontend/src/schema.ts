// Walking the language's JSON Schema along a path of the document.
import type { Schema } from "./contract.ts";

/** The schema of what stands at `path`, `-` being an item of a list, or null where anything may stand. */
export function schemaAt(root: Schema, path: string[]): Schema | null {
  let current: Schema | null = root;
  for (const step of path) {
    const forms: Schema[] = formsOf(current);
    current = null;
    for (const form of forms) current ??= (step === "-" ? form.items : below(form, step)) ?? null;
    if (current === null) return null;
  }
  return current;
}

function formsOf(schema: Schema | null): Schema[] {
  return schema === null ? [] : (schema.anyOf ?? [schema]).flatMap((form) => (form.anyOf ? formsOf(form) : [form]));
}

function below(schema: Schema, key: string): Schema | undefined {
  const known = schema.properties?.[key];
  if (known) return known;
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** The fields of a mapping, without those that do not go with the values beside them. */
export function fieldsOf(schema: Schema | null, beside: Map<string, string>): [name: string, field: Schema][] {
  const form = formsOf(schema).find((each) => each.properties);
  const wrong = new Set((form?.allOf ?? []).flatMap((rule) => excluded(rule, beside)));
  return Object.entries(form?.properties ?? {}).flatMap(([name, field]) =>
    field && !wrong.has(name) && !beside.has(name) ? [[name, field]] : [],
  );
}

function excluded(rule: Schema, beside: Map<string, string>): string[] {
  const conditions = Object.entries(rule.if?.properties ?? {});
  const holds = conditions.every(([name, value]) => value && beside.get(name) === value.const);
  if (!holds) return [];
  return Object.entries(rule.then?.properties ?? {}).flatMap(([name, field]) => (field === false ? [name] : []));
}

export function isRequired(schema: Schema | null, name: string): boolean {
  return formsOf(schema).some((form) => form.required?.includes(name));
}

/** The values that a field takes, where they can be listed. */
export function choicesOf(schema: Schema | null): string[] {
  return formsOf(schema).flatMap((form) => {
    if (form.enum) return form.enum.map(String);
    return form.type === "boolean" ? ["true", "false"] : [];
  });
}

/** What a field holds: several lines of entries, several lines of fields, or one value. */
export function shapeOf(schema: Schema): "list" | "mapping" | "value" {
  const forms = formsOf(schema);
  if (forms.some((form) => form.items?.properties || form.items?.anyOf || form.items?.title)) return "list";
  return forms.every((form) => form.type === "object") ? "mapping" : "value";
}
