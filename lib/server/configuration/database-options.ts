import * as z from 'zod';
import { ROW_COUNTS } from '../../database/driver/counted-rows.js';
import { VALUE_FORMS } from '../../database/rows/value-options.js';
import type { OptionDefinition } from './option-definition.js';

/** A key of a database in the configuration file that is no option of the server. */
export interface DatabaseOptionDefinition<Schema extends z.ZodType = z.ZodType>
  extends Pick<OptionDefinition, 'help' | 'more' | 'defaultText' | 'reload'> {
  readonly schema: Schema;
}

function key<Schema extends z.ZodType>(
  schema: Schema,
  help: string,
  texts: Pick<OptionDefinition, 'more' | 'defaultText'> = {},
) {
  return { schema, help, ...texts, reload: 'databases' } as const;
}

/**
 * The keys that only databases have. Those that databases share with the server are `DATABASE_LIMITS`. The URL can be
 * in an environment variable.
 */
export const DATABASE_OPTIONS = {
  url: key(z.string().optional(), '[URL of the database](#the-url-of-a-database)'),
  'url-file': key(z.string().optional(), 'file with the URL, in place of `url`'),
  users: key(z.array(z.string(), 'must be a list of users').optional(), 'users of the endpoint', {
    defaultText: 'all',
    more: 'for others it does not exist',
  }),
  'read-only': key(z.boolean().optional(), 'makes MySQL reject writes', {
    defaultText: 'false',
    more: 'a client can [undo this](security.md#what-netsvc-does-not-promise)',
  }),
  init: key(
    z.array(z.string(), 'must be a list of statements').optional(),
    'statements that each session finds executed',
    {
      more: 'see [below](#statements-of-each-connection)',
    },
  ),
  autocommit: key(z.boolean().optional(), 'whether sessions begin with autocommit', {
    defaultText: 'true',
    more: 'see [below](#autocommit)',
  }),
  rows: key(z.enum(ROW_COUNTS, `must be ${ROW_COUNTS.join(' or ')}`).optional(), 'rows that an UPDATE counts', {
    defaultText: 'changed',
    more: '`changed` or `found`, see [below](#rows-of-an-update)',
  }),
  label: key(z.boolean().optional(), 'names user and session in front of each statement', {
    defaultText: 'false',
    more: 'see [the process list](operations.md#the-process-list-of-mysql)',
  }),
  bigints: form('bigints', 'see the [types of values](reference.md#values)'),
  decimals: form('decimals', 'see the [types of values](reference.md#values)'),
  dates: form('dates', 'see the [types of values](reference.md#values)'),
  nulls: form('nulls', 'see the [types of values](reference.md#values)'),
  answers: form('answers', '`whole` is for clients that need a Content-Length'),
  compression: form('compression', '`off`: responses are never compressed'),
} as const satisfies Record<string, DatabaseOptionDefinition>;

function form<Name extends keyof typeof VALUE_FORMS>(name: Name, more: string) {
  const forms: readonly string[] = VALUE_FORMS[name];
  const [defaultText = ''] = forms;
  const help = forms.map((one) => `\`${one}\``).join(' or ');
  return key(z.enum(VALUE_FORMS[name], `must be ${forms.join(' or ')}`).optional(), help, { defaultText, more });
}
