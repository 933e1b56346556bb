import { type CallList, callResults } from '../../netsvc/call-list.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { Session } from '../../netsvc/session.js';
import { StreamedValue } from '../../xmlrpc/streamed-value.js';
import { encodeMemberOpen } from '../../xmlrpc/text-encoding.js';
import type { Value } from '../../xmlrpc/value.js';
import type { EncodedValue } from '../../xmlrpc/value-encoding.js';
import { databaseFailure } from '../errors/database-failure.js';

/** A session that runs statements. */
interface DatabaseSession extends Session {
  /** Keeps the connection between the statements of `work`. */
  keepConnection<T>(work: () => Promise<T>): Promise<T>;
  /** Returns the error of a result that nobody has fetched, once. */
  takeError(): unknown;
}

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
  session: DatabaseSession,
  { calls, request, keep }: SessionCalls,
): Promise<EncodedValue | StreamedValue> {
  let completed = false;
  // It must not expire meanwhile.
  session.hold();
  const finish = () => {
    session.release();
    if (!completed) void session.close();
  };
  const ended = async () => {
    request.throwIfAborted();
    // Nobody can get it any more.
    const error = keep ? undefined : session.takeError();
    // What the session holds is released before the client knows that the session has ended.
    if (!keep) await session.close();
    completed = true;
    return databaseFailure(error) ?? error;
  };
  const id = `<value><string>${keep ? session.childName : ''}</string></value>`;
  const before = `<value><struct>${encodeMemberOpen('id')}${id}</member>${encodeMemberOpen('results')}`;
  const call: CallList['call'] = (name, params) => session.perform(name, params, request);
  const list = { calls, call, request, stop: true, before, after: '</member></struct></value>', ended };
  try {
    const results = await session.keepConnection(() => callResults(session, list));
    if (results instanceof StreamedValue) void results.done.then(finish);
    else finish();
    return results;
  } catch (error) {
    finish();
    throw error;
  }
}
