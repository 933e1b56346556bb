import fc from 'fast-check';
import { perServer } from '../../support/test-server.js';

/** Names that are keywords elsewhere, or like other tokens, and some that are plain. */
const NAMES = [
  ...['orders', 'v_lock', 'Parts', 'format', 'ends', 'on', 'for', 'key', 'between', 'with', '2fa', '5e10', '77'],
  ...['Größe', 'a`b', 'a "b"', "it's", 'last value', 'DUAL', 'x.y', 'select', 'from', 'set', '$a', 'nextval', '日本'],
];

/** Names of built-in functions that a stored function can have: with a blank before its parenthesis, it is called. */
const BUILT_IN = ['count', 'max', 'mid', 'now', 'trim', 'substring', 'std', 'curdate'];

/** An object of a random schema. */
interface Part {
  readonly kind: 'function' | 'table' | 'view';
  readonly name: string;
  readonly definitions: readonly string[];
}

export interface RandomSchema {
  readonly definitions: readonly string[];
  /** What a session does, and then how it looks at its state. */
  readonly statements: readonly string[];
}

const FUNCTIONS = [
  "return get_lock('{schema}.lock', 0)",
  'begin select 5 into @into; return 1; end',
  'begin set @set = ifnull(@set, 0) + 1; return @set; end',
  'return last_insert_id()',
  'return last_insert_id(41)',
  'return row_count()',
  'return found_rows()',
  'begin insert into log (v) values (1); return last_insert_id(); end',
  'return 1',
];

const TRIGGERS = [
  'before insert on {} for each row select new.id into @by_trigger',
  'after update on {} for each row set @updated = ifnull(@updated, 0) + new.id',
  "before insert on {} for each row set @got = get_lock('{schema}.trigger', 0)",
  'after insert on {} for each row insert into log (v) values (new.id)',
  'before delete on {} for each row select old.id into @deleted',
];

const COLUMNS = {
  MariaDB: [
    'v int default nextval(s)',
    'v int default (last_insert_id())',
    'v int default (@@last_insert_id)',
    "v int default (get_lock('{schema}.default', 0))",
    'v int as (id + 1)',
    'v bigint default (uuid_short() > 0)',
    'v int default 3',
  ],
  MySQL: [
    'v int default (id + 1)',
    'v int generated always as (id + 1)',
    'v varchar(40) default (concat(database()))',
    'v int default (3)',
    'v int default 3',
  ],
};

/** What reads `{}`, a table or view, in places where it is easily overlooked. */
const READING = [
  'select * from {}',
  'select {}.id from {}',
  'select * from log a left join log b on a.id = b.id, {}',
  'select (select max(id) from {})',
  'select 1 from log where id in (select a.id from log a left join log b on a.id > b.id, {} c)',
  'insert into log (v) select log.id from log force index for join (primary), {} limit 1',
  'with q as (select * from {}) select * from q',
  'show columns from log where field in (select id from {})',
  'select 1 union (select id from {})',
  'update log a join log b on a.id = b.id, {} c set a.v = 2',
  'delete a from log a, {} b where a.id = b.id and a.id > 100',
  'do (select max(id) from {})',
  'set @read = (select max(id) from {})',
  'select * from (select id from {}) q where id between 0 and (select max(id) from {})',
  'select /*! id, */ 1 from log /*! , {} */',
  "select case when 1 then (select max(id) from {}) else 'ends' end",
  'create temporary table copied as select id from {}',
  'create table if not exists kept as select id from {}',
  'call p((select max(id) from {}))',
  'select * from {schema}.{}',
  'select * from {schema} . {} -- comment',
  'table {}',
  'explain select * from {}',
  'describe {}',
  ...["execute immediate 'select * from {}'", "prepare p from 'select * from {}'", 'execute p'],
  'begin not atomic select * from {}; end',
  'analyze select * from {}',
  'values ((select max(id) from {}))',
];

const CHANGING = [
  'insert into {} (id) values (1)',
  'insert into {} (id) values (2), (3)',
  'insert {} set id = 4',
  'replace {} set id = 5',
  'update {} set id = id + 1',
  'update log a join log b on a.id = b.id, {} c set c.id = 6',
  'delete from {}',
  'delete c from log a, {} c where a.id > 0',
  'insert into {} (id) select id from log',
  'insert into {} (id) values (1) on duplicate key update id = 9',
  'with q as (select 1) update {} set id = 1',
  'update {} set v = default',
  'truncate table {}',
  'insert into {} values ()',
  "execute immediate 'insert into {} (id) values (7)'",
  '/*! insert into {} (id) values (8) */',
  "load data infile '/nonexistent' into table {}",
];

const CALLING = ['select {}()', 'select {} ()', 'select {schema}.{}()', 'do {}()', 'select 1 from log where {} () > 0'];

/** How a session looks at its state. */
const PROBES = [
  'select last_insert_id()',
  'select @into, @set, @by_trigger, @updated, @got, @deleted, @read',
  "select is_used_lock('{schema}.lock') is null, is_used_lock('{schema}.trigger') is null",
  "select is_used_lock('{schema}.default') is null",
  'select row_count()',
  'select found_rows()',
  'show warnings',
  'select @@identity, @@last_insert_id',
  'select count(*) from copied',
  'execute p',
  'select database() = schema()',
];

const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;

const fill = (text: string, name: string) => text.replaceAll('{}', quoted(name));

function functionPart(seed: number): Part {
  const name = seed % 3 === 0 ? (BUILT_IN[seed % BUILT_IN.length] ?? '') : nameOf(seed);
  const body = FUNCTIONS[seed % FUNCTIONS.length] ?? '';
  const noSql = perServer({ MariaDB: '', MySQL: 'reads sql data ' });
  return { kind: 'function', name, definitions: [`create function ${quoted(name)} () returns bigint ${noSql}${body}`] };
}

function tablePart(seed: number): Part {
  const name = nameOf(seed);
  const columns = perServer(COLUMNS);
  const column = columns[(seed >> 3) % columns.length] ?? '';
  const triggers = TRIGGERS.filter((_, i) => (seed >> (6 + i)) % 3 === 0);
  return {
    kind: 'table',
    name,
    definitions: [
      fill(`create table {} (id int default 1, ${column})`, name),
      fill('insert into {} (id) values (1)', name),
      ...triggers.map((trigger, i) => fill(`create trigger ${quoted(`${name} ${i}`)} ${trigger}`, name)),
    ],
  };
}

/** A view of another part, of the last id, or of the outcome. */
function viewPart(seed: number, below: Part | undefined): Part {
  const name = nameOf(seed);
  const sources = ['last_insert_id() as id', 'row_count() as id', '1 as id'];
  const query =
    below === undefined
      ? `select ${sources[seed % sources.length]}`
      : below.kind === 'function'
        ? `select ${quoted(below.name)} () as id`
        : fill(seed % 2 ? 'select id from {}' : 'select a.id, a.id as v from log b, {} a', below.name);
  return { kind: 'view', name, definitions: [`create view ${quoted(name)} as ${query}`] };
}

function nameOf(seed: number): string {
  return NAMES[(seed >> 2) % NAMES.length] ?? '';
}

/** Folds names as a file system and a collation may. */
const folded = (name: string) => name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

function partsOf(seeds: readonly number[]): Part[] {
  const parts: Part[] = [];
  for (const seed of seeds) {
    const below = parts[(seed >> 9) % (parts.length + 1)];
    const kind = seed % 5;
    const part = kind < 1 ? functionPart(seed >> 3) : kind < 3 ? tablePart(seed >> 3) : viewPart(seed >> 3, below);
    if (!parts.some(({ name }) => folded(name) === folded(part.name))) parts.push(part);
  }
  return parts;
}

function statementOn({ kind, name }: Part, seed: number): string {
  const all = kind === 'function' ? CALLING : seed % 2 ? READING : kind === 'view' && seed % 4 ? READING : CHANGING;
  const text = fill(all[(seed >> 2) % all.length] ?? '', name);
  // In the text of a statement in a string, quotes are doubled.
  return /^(execute|prepare) .*'/.test(text)
    ? text.replace(/'(.*)'/, (_, inner: string) => `'${inner.replaceAll("'", "''")}'`)
    : text;
}

/** Schemas with effects in odd places, and statements on what is in them. */
export function randomSchemas(): fc.Arbitrary<RandomSchema> {
  const seeds = (maxLength: number) => fc.array(fc.nat(2 ** 20), { minLength: 2, maxLength });
  return fc.tuple(seeds(8), seeds(6), fc.shuffledSubarray(PROBES, { minLength: 4 })).map(([made, done, probes]) => {
    const parts = partsOf(made);
    const [first] = parts;
    const statements = done.map((seed) => statementOn(parts[seed % parts.length] ?? (first as Part), seed >> 4));
    return {
      definitions: [
        'create table log (id int auto_increment primary key, v int)',
        'insert into log (v) values (1), (2)',
        'create procedure p(x bigint) select x',
        ...perServer({ MariaDB: ['create sequence s'], MySQL: [] }),
        ...parts.flatMap(({ definitions }) => definitions),
      ],
      statements: [...statements, ...probes],
    };
  });
}
