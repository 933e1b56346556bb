import type { IncomingHttpHeaders } from 'node:http';
import type { ResponseForm } from '../../xmlrpc/value-encoding.js';
import { prefersWhole } from './prefer-header.js';
import type { ReplyHead } from './servlet.js';

/** What all responses to a request have in common, results and faults: their endpoint and their client decide. */
export interface AnswerForm extends Required<Pick<ReplyHead, 'type' | 'headers' | 'compressible'>> {
  /** The client needs a Content-Length. */
  readonly whole: boolean;
}

/** The members of an endpoint's form that concern HTTP. */
export type HttpForm = Pick<ResponseForm, 'answers' | 'compression'>;

/** Many clients take `text/*` without a charset for ISO-8859-1. */
const XML = 'text/xml; charset=utf-8';

/** OSE's client compares the header literally. */
const XML_OF_OSE = 'text/xml';

/** The clients that are known by their User-Agent: that of OSE, and those that refuse responses without a length. */
const KNOWN = /^(?:(OSE\/XML-RPC)|XMLRPC\+\+|Erlang XML-RPC Client)/;

const NO_HEADERS: Readonly<Record<string, string>> = {};
const APPLIED = { 'Preference-Applied': 'answers=whole' };

export function answerForm({ answers, compression }: HttpForm, headers: IncomingHttpHeaders): AnswerForm {
  const known = KNOWN.exec(headers['user-agent'] ?? '');
  const asked = headers.prefer !== undefined && prefersWhole(headers);
  return {
    type: known?.[1] === undefined ? XML : XML_OF_OSE,
    headers: asked ? APPLIED : NO_HEADERS,
    compressible: compression === 'on',
    whole: asked || answers === 'whole' || known !== null,
  };
}
