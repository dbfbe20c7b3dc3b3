// What the page and the editor know of each other; the plain text area fulfils the same contract.

/** A problem as the server's check found it; line and column count from 1, columns in characters. */
export interface Problem {
  line: number;
  column: number;
  severity: "error" | "warning";
  message: string;
  hint: string;
  /** The lines as they should be, or empty: `mendCount` of them, from line `mendAt` on. */
  mended: string;
  mendAt: number;
  mendCount: number;
}

/** A method, function or name of the expression language: `of` are the kinds of value that have it. */
export interface Word {
  name: string;
  of: string[];
  form: string;
  text: string;
}

/** What can be written: the language's own words, and those of the instance. */
export interface Vocabulary {
  schema: Schema;
  methods: Word[];
  names: Word[];
  tables: [database: string, table: string][];
  tokens: string[];
  columns: string[];
}

/** As much of JSON Schema as the language's schema uses. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema | false>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  if?: Schema;
  then?: Schema;
}

/** What the page needs of the place where a configuration is edited. */
export interface Surface {
  text(): string;
  /** Put the text where the form sends it from. */
  sync(): void;
  focus(): void;
  select(line: number, column: number): void;
  /** Replace the lines that read `was` when they were checked; false when it can no longer be told which they are. */
  mend(line: number, was: string, by: string): boolean;
  showProblems(problems: Problem[]): void;
}

export interface Options {
  area: HTMLTextAreaElement;
  vocabulary: () => Promise<Vocabulary>;
  changed: () => void;
}
