import { setImmediate } from 'node:timers/promises';
import type { SideQuery } from '../connections/side-connection.js';
import type { Classification } from '../pinning/classification.js';
import { classify } from '../pinning/classify.js';
import type { PinReason } from '../pinning/pin-reason.js';
import { STATE } from '../pinning/state-set.js';
import { STATELESS_FUNCTIONS } from '../pinning/stateless-functions.js';
import { foldName } from '../sql/sql-lexer.js';
import { routineReads } from './routine-reads.js';

/** What a statement does to session state through a name. */
type Effects = Pick<Classification, 'pinReason' | 'reads'>;

/** The names of a schema with effects: when rows are read, and when rows are changed. */
interface Names {
  readonly reading: Map<string, Effects>;
  readonly changing: Map<string, Effects>;
  /** Stored functions and procedures. Calling one pins by the text of a statement. */
  readonly routines: Map<string, unknown>;
  /** All views, with effects or without. */
  readonly views: Map<string, unknown>;
}

/** What a server says of a name. */
interface Definition {
  readonly schema: string;
  readonly name: string;
  /** Why it pins, if its text does. */
  readonly reason: PinReason;
  /** It has effects when rows are read, too. */
  readonly isRead: boolean;
  readonly text: Pick<Classification, 'pinReason' | 'reads' | 'names'>;
}

/** The number of definitions that are read before other sessions have their turn. */
const MAX_TURN = 50;

const NO_EFFECTS: Effects = { pinReason: undefined, reads: STATE.none };

/**
 * The names of a server that have effects of which the text of a statement shows nothing: views, tables with triggers
 * or with computed columns or defaults, and functions with the name of a built-in one. A schema is loaded when it is
 * named. Names are folded, and no text is kept.
 */
export class EffectiveNames {
  /** The schemas, as MySQL writes them. */
  readonly #schemas = new Map<string, string[]>();
  readonly #current: string[] = [];
  readonly #used = new Set<string>();
  #loaded: ReadonlyMap<string, Names> = new Map();

  private constructor() {}

  /** @param before its schemas are loaded too. @throws {MysqlError} */
  static async ask(query: SideQuery, before?: EffectiveNames): Promise<EffectiveNames> {
    const names = new EffectiveNames();
    for (const [name, isCurrent] of await query(SCHEMAS)) {
      const key = foldName(name ?? '');
      names.#schemas.set(key, [...(names.#schemas.get(key) ?? []), name ?? '']);
      if (isCurrent === '1') names.#current.push(key);
    }
    await names.load(query, before ? before.#used : new Set());
    return names;
  }

  /** Returns the classification with what its names do; undefined if a schema has to be loaded. */
  classify(statement: Classification): Classification | undefined {
    const named = common(this.#schemas, statement.names);
    for (const schema of named) this.#used.add(schema);
    const schemas = named.length > 0 ? [...this.#current, ...named] : this.#current;
    if (!schemas.every((schema) => this.#loaded.has(schema))) return undefined;
    const effects = effectsIn(this.#loaded, schemas, statement.names, statement.changesRows);
    const runsRoutine = statement.pinReason !== undefined && this.#has('routines', schemas, statement.names);
    return withEffects(statement, effects, runsRoutine);
  }

  /** Loads the current schema, those among the used names, and those that their views use. @throws {MysqlError} */
  async load(query: SideQuery, used: ReadonlySet<string>): Promise<void> {
    const loaded = new Map(this.#loaded);
    const definitions: Definition[] = [];
    const due = new Set([...this.#current, ...common(this.#schemas, used)]);
    for (const schema of due) {
      if (loaded.has(schema)) continue;
      const names: Names = { reading: new Map(), changing: new Map(), routines: new Map(), views: new Map() };
      loaded.set(schema, names);
      const rows = await query(definitionsIn(this.#schemas.get(schema) ?? []));
      for (const [i, row] of rows.entries()) {
        if (i % MAX_TURN === 0) await setImmediate();
        const definition = definitionOf(schema, row);
        if (definition.reason === 'unknown function') {
          names.routines.set(definition.name, undefined);
        }
        if (definition.reason === 'view') names.views.set(definition.name, undefined);
        if (definition.text.names.size > 0) definitions.push(definition);
        this.#add(loaded, definition);
        for (const other of common(this.#schemas, definition.text.names)) due.add(other);
      }
    }
    for (let added = true; added; ) {
      added = false;
      for (const [i, definition] of definitions.entries()) {
        if (i % MAX_TURN === 0) await setImmediate();
        added = this.#add(loaded, definition) || added;
      }
    }
    this.#loaded = loaded;
  }

  /** Whether one of the names has effects, in any schema. */
  haveEffects(names: ReadonlySet<string>): boolean {
    return [...this.#loaded.values()].some(({ changing }) => common(changing, names).length > 0);
  }

  /** Whether a statement may use a view, with effects or without. */
  hasView({ names }: Classification): boolean {
    const named = common(this.#schemas, names);
    return this.#has('views', [...this.#current, ...named], names);
  }

  #has(kind: 'routines' | 'views', schemas: readonly string[], names: ReadonlySet<string>): boolean {
    return schemas.some((schema) => common(this.#loaded.get(schema)?.[kind] ?? new Map(), names).length > 0);
  }

  /** Adds what a definition does by its text, and by the names in it. @returns whether it was not known */
  #add(loaded: ReadonlyMap<string, Names>, { schema, name, reason, isRead, text }: Definition): boolean {
    const schemas = [schema, ...common(this.#schemas, text.names)];
    let added = false;
    for (const when of isRead ? (['reading', 'changing'] as const) : (['changing'] as const)) {
      const map = loaded.get(schema)?.[when] ?? new Map<string, Effects>();
      const { pinReason, reads } = together(text, effectsIn(loaded, schemas, text.names, when === 'changing'));
      const known = map.get(name) ?? NO_EFFECTS;
      const all = together(known, { pinReason: pinReason || reads ? reason : undefined, reads });
      if (all === known) continue;
      map.set(name, all);
      added = true;
    }
    return added;
  }
}

/** Returns a classification together with other effects. */
function withEffects(statement: Classification, effects: Effects, runsRoutine: boolean): Classification {
  if (effects === NO_EFFECTS) return runsRoutine ? { ...statement, runsStoredCode: true } : statement;
  const foundRows = statement.foundRows === 'kept' ? 'unknown' : statement.foundRows;
  return { ...statement, ...together(statement, effects), foundRows, runsStoredCode: true };
}

function effectsIn(
  loaded: ReadonlyMap<string, Names>,
  schemas: readonly string[],
  names: ReadonlySet<string>,
  changesRows: boolean,
): Effects {
  let effects = NO_EFFECTS;
  for (const schema of schemas) {
    const map = loaded.get(schema)?.[changesRows ? 'changing' : 'reading'] ?? new Map<string, Effects>();
    for (const name of common(map, names)) effects = together(effects, map.get(name) ?? NO_EFFECTS);
  }
  return effects;
}

function definitionOf(schema: string, [reason, isRead, name, text, isEscaped]: readonly (string | null)[]): Definition {
  const definition = { schema, name: foldName(name ?? ''), reason: reason as PinReason, isRead: isRead === '1' };
  if (reason === 'trigger' || reason === 'unknown function') {
    // A routine pins by the text of the statement, unless it has the name of a built-in one.
    const pins = reason === 'trigger' || STATELESS_FUNCTIONS.has(definition.name);
    return { ...definition, text: { pinReason: pins ? definition.reason : undefined, ...routineReads(text ?? '') } };
  }
  // There is no text of a view that the account has no privilege to see.
  return { ...definition, text: classify(isEscaped === '1' ? unescaped(text ?? '') : (text ?? '')) };
}

/** Returns `a` itself if `b` adds nothing. */
function together(a: Effects, b: Effects): Effects {
  const [pinReason, reads] = [a.pinReason ?? b.pinReason, a.reads | b.reads];
  return pinReason === a.pinReason && reads === a.reads ? a : { pinReason, reads };
}

/** Returns the names that both contain. */
function common(known: ReadonlyMap<string, unknown>, names: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const [fewer, more] = names.size > known.size ? [known, names] : [names, known];
  for (const name of fewer.keys()) if (more.has(name)) found.push(name);
  return found;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}

const SCHEMAS = 'SELECT schema_name, schema_name <=> DATABASE() FROM information_schema.schemata';

/**
 * Of defaults, only those with a parenthesis or a variable have effects, apart from strings and the time. MySQL returns
 * strings without quotes, and expressions with backslashes in front of quotes.
 */
function definitionsIn(schemas: readonly string[]): string {
  const isOne = `IN (${schemas.map((name) => `_utf8mb4 x'${Buffer.from(name).toString('hex')}'`).join(', ')})`;
  return (
    `SELECT 'view', 1, table_name, view_definition, 0 FROM information_schema.views WHERE table_schema ${isOne} ` +
    `UNION ALL SELECT 'trigger', 0, event_object_table, action_statement, 0 FROM information_schema.triggers ` +
    `WHERE event_object_schema ${isOne} ` +
    `UNION ALL SELECT 'unknown function', 1, routine_name, routine_definition, 0 ` +
    `FROM information_schema.routines WHERE routine_schema ${isOne} ` +
    `UNION ALL SELECT 'column default', generation_expression > '', table_name, CONCAT_WS(', ', 'select 1', ` +
    `NULLIF(column_default, ''), NULLIF(generation_expression, '')), VERSION() NOT LIKE '%MariaDB%' ` +
    `FROM information_schema.columns WHERE table_schema ${isOne} AND (generation_expression > '' OR ` +
    `column_default RLIKE '[(@]' AND column_default NOT RLIKE '^(current_timestamp[(][0-9]*[)]|''[^'']*'')$' ` +
    `AND (VERSION() LIKE '%MariaDB%' OR extra LIKE '%DEFAULT_GENERATED%'))`
  );
}
