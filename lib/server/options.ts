import { z } from 'zod';
import { hosts, seconds, size, wholeNumber } from './option-types.js';

/** One option: a flag of the command line and a key of the configuration file by the same name. */
export interface OptionDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** What stands behind the flag; undefined for a flag that stands alone. */
  readonly argument?: string;
  readonly help: string;
  /** As a user would write it; undefined where there is none. */
  readonly standard?: string;
}

function option<Schema extends z.ZodType>(
  schema: Schema,
  argument: string,
  help: string,
  standard?: string,
): OptionDefinition<Schema> & { readonly argument: string } {
  return { schema, argument, help, ...(standard === undefined ? {} : { standard }) };
}

/** Every option that is a single value, by its name. Listeners and databases have more to them and are elsewhere. */
export const OPTIONS = {
  data: option(z.string(), '<folder>', 'where the private MariaDB keeps its data', '.netsvc'),
  users: option(
    z.string().optional(),
    '<file>',
    'who may log in: user:bcrypt lines, as htpasswd -B and netsvc passwd write them',
  ),
  allow: option(
    hosts().optional(),
    '<hosts>',
    'the only hosts that may come in: addresses and networks, such as 10.0.0.0/8,fd00::/8',
  ),
  deny: option(hosts().optional(), '<hosts>', 'hosts that may not come in'),
  'trusted-proxies': option(hosts().optional(), '<hosts>', 'proxies whose X-Forwarded-For names the host'),
  insecure: { schema: z.boolean(), help: 'listen beyond this machine although nobody has to log in' },
  connections: option(wholeNumber(1, 100_000), '<number>', 'MySQL connections per database', '50'),
  pin: option(
    z.enum(['auto', 'always'], 'It is auto or always.'),
    '<when>',
    'when a session keeps a MySQL connection of its own: auto, only while something ties it to one, or always',
    'auto',
  ),
  'max-clients': option(wholeNumber(1), '<number>', 'connections of clients at once', '20000'),
  'max-sessions': option(wholeNumber(1), '<number>', 'sessions open at once', '10000'),
  'max-sessions-per-user': option(wholeNumber(0), '<number>', 'sessions open at once of one user; 0: no limit', '0'),
  'max-sessions-per-host': option(wholeNumber(0), '<number>', 'sessions open at once from one host; 0: no limit', '0'),
  'max-timeout': option(seconds({ positive: true }), '<seconds>', 'idle time that a client may ask for', '3600'),
  'max-request': option(size(), '<bytes>', 'size of a request', '64M'),
  'result-memory': option(size(), '<bytes>', 'memory for the rows of one statement; more go to a file', '16M'),
  'max-result': option(size(), '<bytes>', 'size of the rows of one statement', '4G'),
  'connect-wait': option(seconds(), '<seconds>', 'time to wait for a free MySQL connection', '10'),
  'query-timeout': option(seconds(), '<seconds>', 'time that a statement may run; 0: no limit', '0'),
  grace: option(seconds(), '<seconds>', 'time that running requests get to finish at the end', '10'),
} as const satisfies Record<string, OptionDefinition>;

/** Those of a listener; the flags are for one, the file may have several. */
export const LISTENER_OPTIONS = {
  host: option(z.string(), '<address>', 'where to listen', '127.0.0.1'),
  port: option(wholeNumber(0, 65_535), '<number>', 'where to listen; 0 takes a free port', '8000'),
  'tls-certificate': option(
    z.string().optional(),
    '<file>',
    'certificate to listen with, in PEM, with those that signed it',
  ),
  'tls-key': option(z.string().optional(), '<file>', 'key of the certificate'),
  'tls-min-version': option(
    z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], 'It is TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3.'),
    '<version>',
    'oldest TLS that is spoken; TLSv1 and TLSv1.1 are broken, and only for clients that know no other',
    'TLSv1.2',
  ),
} as const satisfies Record<string, OptionDefinition>;

/** The values of a table of options, by their names as programs spell them: `maxSessions`. */
export type Values<Table extends Record<string, OptionDefinition>> = {
  readonly [Name in keyof Table & string as Camel<Name>]: z.output<Table[Name]['schema']>;
};

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/**
 * The values that are given by their names, and the standards of the others.
 *
 * @param given read by their schemas
 */
export function withStandards<Table extends Record<string, OptionDefinition>>(
  table: Table,
  given: Readonly<Record<string, unknown>>,
): Values<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, { schema, standard, argument }] of Object.entries(table)) {
    const missing = argument === undefined ? false : standard;
    const value = given[name] ?? (missing === undefined ? undefined : schema.parse(missing));
    values[camel(name)] = value;
  }
  return values as Values<Table>;
}

/** Whether the value of an option is the name of a file or a folder. */
export function isPath({ argument }: OptionDefinition): boolean {
  return argument === '<file>' || argument === '<folder>';
}

/** `max-sessions` as programs spell it. */
export function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
