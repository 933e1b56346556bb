import { callOf, escapeText } from '../client/call-encoder.js';
import { Fault, HttpError } from '../client/command-errors.js';
import type { CursorClient } from '../client/cursor-client.js';
import type { ResponseStruct, ResponseValue } from '../values/response-value.js';
import { valueText } from '../values/value-text.js';
import type { Batch } from './batch.js';
import { rowsXml, rowXml } from './row-encoder.js';

/** A call of a list, in XML. */
export type ListedCall = string;

/** A row that MySQL refused. */
export interface RefusedRow {
  readonly line: number;
  readonly fault: Fault;
}

/** The maximum of calls in a list. */
const MAX_CALLS = 1000;

/** Sends batches of rows to a session. */
export class ImportSession {
  readonly #cursor: CursorClient;
  readonly #signal: AbortSignal;

  constructor(cursor: CursorClient, signal: AbortSignal) {
    this.#cursor = cursor;
    this.#signal = signal;
  }

  /** Runs a statement. @throws {Fault} */
  async run(sql: string): Promise<void> {
    await this.#list('batch', [execute(sql)]);
  }

  /**
   * Inserts the rows of a batch by few statements.
   *
   * @param before a statement in front of them, and `after` one behind
   * @throws {Fault}
   */
  async insert(batch: Batch, before: string, after?: string): Promise<void> {
    const inserts = batch.groups.map(({ encoder, rows }) =>
      listed('executemany', [text(encoder.query), rowsXml(rows)]),
    );
    const calls = [execute(before), ...inserts, ...(after === undefined ? [] : [execute(after)])];
    for (let at = 0; at < calls.length; at += MAX_CALLS) await this.#list('batch', calls.slice(at, at + MAX_CALLS));
  }

  /**
   * Inserts the rows of a batch one by one.
   *
   * @param options `goesOn`: rows behind one that is refused are inserted too
   * @returns the rows that are refused
   */
  async insertSingly(batch: Batch, { goesOn }: { readonly goesOn: boolean }): Promise<RefusedRow[]> {
    const calls = [...batch.rows()].map(({ query, row }) => listed('execute', [text(query), rowXml(row)]));
    const [only] = batch.lines;
    if (calls.length === 1 && only !== undefined) return this.#insertAlone(only, calls);
    const refused: RefusedRow[] = [];
    for (let at = 0; at < calls.length; at += MAX_CALLS) {
      const results = await this.#results(goesOn ? 'system.multicall' : 'batch', calls.slice(at, at + MAX_CALLS));
      for (const [i, result] of results.entries()) {
        const fault = faultOf(result);
        if (fault) refused.push({ line: batch.lines[at + i] ?? 0, fault });
      }
      if (refused.length > 0 && !goesOn) break;
    }
    return refused;
  }

  /** A row alone can be larger than a request may be. */
  async #insertAlone(line: number, calls: readonly ListedCall[]): Promise<RefusedRow[]> {
    try {
      await this.#list('batch', calls);
      return [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return [{ line, fault: error }];
    }
  }

  async #list(method: string, calls: readonly ListedCall[]): Promise<void> {
    const results = await this.#results(method, calls);
    const last = results.at(-1);
    const fault = last === undefined ? undefined : faultOf(last);
    if (fault) throw fault;
  }

  async #results(method: string, calls: readonly ListedCall[]): Promise<readonly ResponseValue[]> {
    const list = `<value><array><data>${calls.join('')}</data></array></value>`;
    try {
      return (await this.#cursor.send(callOf(method, [list]), this.#signal)) as readonly ResponseValue[];
    } catch (error) {
      if (error instanceof HttpError && error.status === TOO_LARGE) throw new Fault(PACKET_TOO_LARGE, error.message);
      throw error;
    }
  }
}

/** The status of a request that is larger than the server allows, and MySQL's error for the same. */
const TOO_LARGE = 413;
const PACKET_TOO_LARGE = 1153;

function execute(sql: string): ListedCall {
  return listed('execute', [text(escapeText(sql))]);
}

function listed(method: string, params: readonly string[]): ListedCall {
  return (
    `<value><struct><member><name>methodName</name>${text(method)}</member>` +
    `<member><name>params</name><value><array><data>${params.join('')}</data></array></value></member></struct></value>`
  );
}

function text(xml: string): string {
  return `<value><string>${xml}</string></value>`;
}

/** A result in a list is an array of one value, and a fault is a struct. */
function faultOf(result: ResponseValue): Fault | undefined {
  if (Array.isArray(result)) return undefined;
  const { faultCode = null, faultString = null } = result as ResponseStruct;
  return new Fault(Number(valueText(faultCode)), valueText(faultString) ?? '');
}
