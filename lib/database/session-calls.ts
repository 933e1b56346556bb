import { type Caller, callResults } from '../netsvc/call-list.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { encodeMemberOpen, encodeValue } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Value } from '../xmlrpc/value.js';
import type { Cursor } from './cursor.js';

/** The calls that are made on a session in the request that opens it. */
export interface SessionCalls {
  readonly calls: readonly Value[];
  readonly request: ServiceRequest;
  /** The session stays open. */
  readonly keep: boolean;
}

/**
 * Makes calls on a new session, until one fails, and returns the struct of `session`: the id, which is empty if the
 * session is closed afterwards, and the results. The session is also closed if the response is not sent completely,
 * since its client may not know the id.
 */
export function makeSessionCalls(cursor: Cursor, list: SessionCalls): StreamedValue {
  let completed = false;
  // It must not expire meanwhile.
  cursor.hold();
  const pieces = encodedSession(cursor, list, () => {
    completed = true;
  });
  const streamed = new StreamedValue(pieces);
  void streamed.done.then(() => {
    cursor.release();
    if (!completed) void cursor.close();
  });
  return streamed;
}

async function* encodedSession(
  cursor: Cursor,
  { calls, request, keep }: SessionCalls,
  complete: () => void,
): AsyncGenerator<Buffer> {
  const id = encodeValue(keep ? cursor.childName : '').pieces as string;
  yield Buffer.from(`<value><struct>${encodeMemberOpen('id')}${id}</member>${encodeMemberOpen('results')}`);
  const call: Caller = (name, params) => cursor.perform(name, params, request);
  yield* callResults(cursor, { calls, call, request, stop: true });
  request.throwIfAborted();
  // What the session holds is released before the client knows that the session has ended.
  if (!keep) await cursor.close();
  complete();
  yield Buffer.from('</member></struct></value>');
}
