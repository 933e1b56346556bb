import { type CallList, callResults } from '../netsvc/call-list.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import { encodeMemberOpen } from '../xmlrpc/text-encoding.js';
import type { Value } from '../xmlrpc/value.js';
import type { EncodedValue } from '../xmlrpc/value-encoding.js';
import type { Cursor } from './cursor.js';
import { databaseFailure } from './errors/database-failure.js';

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
export async function makeSessionCalls(
  cursor: Cursor,
  { calls, request, keep }: SessionCalls,
): Promise<EncodedValue | StreamedValue> {
  let completed = false;
  // It must not expire meanwhile.
  cursor.hold();
  const finish = () => {
    cursor.release();
    if (!completed) void cursor.close();
  };
  const ended = async () => {
    request.throwIfAborted();
    // Nobody can get it any more.
    const error = keep ? undefined : cursor.takeError();
    // What the session holds is released before the client knows that the session has ended.
    if (!keep) await cursor.close();
    completed = true;
    return databaseFailure(error) ?? error;
  };
  const id = `<value><string>${keep ? cursor.childName : ''}</string></value>`;
  const before = `<value><struct>${encodeMemberOpen('id')}${id}</member>${encodeMemberOpen('results')}`;
  const call: CallList['call'] = (name, params) => cursor.perform(name, params, request);
  const list = { calls, call, request, stop: true, before, after: '</member></struct></value>', ended };
  try {
    const results = await cursor.keepConnection(() => callResults(cursor, list));
    if (results instanceof StreamedValue) void results.done.then(finish);
    else finish();
    return results;
  } catch (error) {
    finish();
    throw error;
  }
}
