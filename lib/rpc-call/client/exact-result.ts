import type { IncomingMessage } from 'node:http';
import { plainDecimal } from '../../xmlrpc/plain-decimal.js';
import { DateTime } from '../../xmlrpc/value.js';
import { Numeral, type ResponseValue } from '../values/response-value.js';
import { ResponseDecoder } from './response-decoder.js';

/** The result of a call, decoded while another client reads the response. */
export class ExactResult {
  readonly #decoder = new ResponseDecoder();
  readonly #items: ResponseValue[] = [];
  #failed = false;

  /** Reads a response, besides the client. */
  read(response: IncomingMessage): void {
    if (response.statusCode === 200) response.on('data', (chunk: Buffer | string) => this.#write(chunk));
  }

  /** Returns the result; what the client has decoded, if the response is valid only for it. */
  valueOr(decoded: unknown): ResponseValue {
    try {
      const value = this.#failed ? undefined : this.#decoder.end();
      if (!this.#failed) return value === undefined ? this.#items : value;
    } catch {}
    return responseValue(decoded);
  }

  #write(chunk: Buffer | string): void {
    if (this.#failed) return;
    try {
      const items = typeof chunk === 'string' ? this.#decoder.writeText(chunk) : this.#decoder.write(chunk);
      for (const item of items) this.#items.push(item);
    } catch {
      // The client tells what is wrong, or has read it anyway.
      this.#failed = true;
    }
  }
}

/** Returns a value as the `xmlrpc` package decodes it. */
function responseValue(value: unknown): ResponseValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    return Number.isInteger(value) ? new Numeral(String(value), false) : new Numeral(plainDecimal(value), true);
  }
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return new DateTime(localTime(value));
  if (Array.isArray(value)) return value.map(responseValue);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, responseValue(member)]));
}

function localTime(date: Date): string {
  const part = (number: number, digits = 2) => String(number).padStart(digits, '0');
  const day = part(date.getFullYear(), 4) + part(date.getMonth() + 1) + part(date.getDate());
  return `${day}T${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}`;
}
