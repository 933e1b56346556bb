import { z } from 'zod';
import { ROW_COUNTS } from '../database/connections/counted-rows.js';
import { VALUE_FORMS } from '../database/rows/value-options.js';
import type { AppliedBy } from './options.js';

/** A key of a database in the configuration file that is no option of the server. */
export interface DatabaseOptionDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly help: string;
  readonly reload: AppliedBy;
}

function key<Schema extends z.ZodType>(schema: Schema, help: string) {
  return { schema, help, reload: 'databases' } as const;
}

/**
 * The keys that only databases have. Those that databases share with the server are `DATABASE_LIMITS`. The URL can be
 * in an environment variable.
 */
export const DATABASE_OPTIONS = {
  url: key(z.string().optional(), 'mysql://user:password@host:port/database?...'),
  'url-file': key(z.string().optional(), 'file with the URL'),
  users: key(z.array(z.string(), 'must be a list of users').optional(), 'users of the endpoint'),
  'read-only': key(z.boolean().optional(), 'make MySQL reject writes'),
  init: key(z.array(z.string(), 'must be a list of statements').optional(), 'statements of each connection'),
  label: key(z.boolean().optional(), 'name user and session in front of each statement'),
  autocommit: key(z.boolean().optional(), 'whether sessions begin with autocommit'),
  rows: key(z.enum(ROW_COUNTS, `must be ${ROW_COUNTS.join(' or ')}`).optional(), 'which rows an UPDATE counts'),
  bigints: form('bigints'),
  decimals: form('decimals'),
  dates: form('dates'),
  nulls: form('nulls'),
  answers: form('answers'),
  compression: form('compression'),
} as const satisfies Record<string, DatabaseOptionDefinition>;

function form<Name extends keyof typeof VALUE_FORMS>(name: Name) {
  const forms: readonly string[] = VALUE_FORMS[name];
  return key(z.enum(VALUE_FORMS[name], `must be ${forms.join(' or ')}`).optional(), forms.join(' or '));
}
