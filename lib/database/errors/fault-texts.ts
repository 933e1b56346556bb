import { aborted, incorrect, unavailable } from '../../netsvc/fault-texts.js';
import type { ServiceFailure } from '../../netsvc/service-failure.js';
import { systemErrorText } from '../../system/system-error.js';
import { ProgrammingError } from './mysql-error.js';

// The faults of lib/database that are not errors of MySQL: docs/errors.md has a row for each.

// Fault 51: what a call needs is exhausted or missing.

export const stateLost = (): ServiceFailure =>
  unavailable(
    'The session state that the statement reads (FOUND_ROWS(), ROW_COUNT(), warnings or statistics) is lost: another ' +
      'session needed the MySQL connection. ' +
      'A session keeps its connection in a transaction, or with --pin always.',
  );

export const resultTooLarge = (maxResult: number): ServiceFailure =>
  unavailable(`The result takes more than ${maxResult} bytes, which is the limit.`);

export const resultsTooLarge = (limit: number): ServiceFailure =>
  unavailable(`The results take together more than ${limit} bytes, which is the limit.`);

export const tooManySpillFiles = (resultMemory: number, files: number): ServiceFailure =>
  unavailable(`The results take more than ${resultMemory} bytes of memory and ${files} files.`);

/** @param limit in bytes; undefined: what the memory account has left */
export const tooManyResultSets = (limit?: number): ServiceFailure =>
  limit === undefined
    ? unavailable('The statement returns more result sets than memory is left for.')
    : unavailable(`The statement returns more result sets than fit into ${limit} bytes, which is the limit.`);

/** @param error of the operating system */
export const notStored = (error: unknown): ServiceFailure =>
  unavailable(`cannot store the result: ${systemErrorText(error)}`);

export const waitQueueFull = (maxLength: number): ServiceFailure =>
  unavailable(`${maxLength} requests wait for a MySQL connection, which is the limit.`);

export const connectionsOfClientInUse = (share: number, client: string, seconds: number): ServiceFailure =>
  unavailable(`${share} MySQL connections of ${client} were in use for ${seconds} seconds, which is the limit.`);

export const connectionsInUse = (limit: number, seconds: number): ServiceFailure =>
  unavailable(`All ${limit} MySQL connections were in use for ${seconds} seconds.`);

export const mysqlSilent = (
  seconds: number,
  limit: number,
  { inUse, opening, resetting }: { readonly inUse: number; readonly opening: number; readonly resetting: number },
): ServiceFailure =>
  unavailable(
    `MySQL did not answer for ${seconds} seconds: of ${limit} connections, ${inUse} were in use, ` +
      `${opening} were being opened and ${resetting} were being reset.`,
  );

export const databaseDisabled = (reason: string): ServiceFailure =>
  unavailable(reason === '' ? 'The database is disabled.' : `The database is disabled: ${reason}`);

/** @param used the number of connections that are in use */
export const pauseLifted = (used: number): ServiceFailure =>
  unavailable(`The pause was lifted while connections were in use: ${used}.`);

// Fault 56: the arguments are wrong.

/** @param what a value, or a type with its article */
export const noLiteral = (what: string | number): ServiceFailure => incorrect(`SQL has no literal for ${what}.`);

/** @param details of a failure that does not say so */
export const inArgument = (argument: string, details: string): ServiceFailure => incorrect(`${argument}: ${details}`);

export const callWasOf = (n: number, known: string | undefined, method: string): ServiceFailure =>
  incorrect(`n: call ${n} was one of ${known}, not of ${method}.`);

export const callHadOtherParams = (n: number): ServiceFailure => incorrect(`n: call ${n} had other params.`);

export const noSuchRow = (value: number, mode: string): ServiceFailure =>
  incorrect(`value: row ${value} (${mode}) does not exist.`);

export const endsTransaction = (): ServiceFailure => incorrect('It begins or ends a transaction.');

export const hasEndedTransaction = (): ServiceFailure =>
  incorrect('It has ended the transaction, and may have committed what ran before it.');

/** Also behind the error of a statement. */
export const TRANSACTION_IN_DOUBT = 'A statement has ended the transaction, and may have committed what ran before it.';

export const transactionInDoubt = (): ServiceFailure => incorrect(TRANSACTION_IN_DOUBT);

// Fault 58: what runs is stopped.

export const statementTooLong = (seconds: number): ServiceFailure =>
  aborted(`The statement took more than ${seconds} seconds, which is the limit.`);

/** @param what it did for so long */
export const transactionTooLong = (what: string, seconds: number): ServiceFailure =>
  aborted(
    `The transaction ${what} ${seconds} seconds, which is the limit. ` +
      'It is rolled back, unless COMMIT was running.',
  );

export const sessionClosed = (): ServiceFailure => aborted('Session closed.');

// Fault 1: MySQLdb raises a ProgrammingError before anything is sent.

export const executeFirst = (): ProgrammingError => new ProgrammingError('execute() first');

export const unknownScrollMode = (mode: string): ProgrammingError =>
  new ProgrammingError(`unknown scroll mode '${mode}'`);

export const needsSequence = (): ProgrammingError =>
  new ProgrammingError('format requires a sequence for %s, not a mapping');

export const needsMapping = (): ProgrammingError => new ProgrammingError('format requires a mapping');

export const tooFewArguments = (): ProgrammingError => new ProgrammingError('not enough arguments for format string');

export const tooManyArguments = (): ProgrammingError =>
  new ProgrammingError('not all arguments converted during string formatting');

export const noSuchArgument = (key: string): ProgrammingError =>
  new ProgrammingError(`the arguments have no member '${key}'`);

export const incompleteFormat = (): ProgrammingError => new ProgrammingError('incomplete format');

export const incompleteKey = (): ProgrammingError => new ProgrammingError('incomplete format key');

/** @param code hexadecimal, of the character */
export const unsupportedFormat = (character: string, code: string, index: number): ProgrammingError =>
  new ProgrammingError(`unsupported format character '${character}' (0x${code}) at index ${index}`);
