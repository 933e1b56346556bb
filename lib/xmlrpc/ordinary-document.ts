import { CallBuilder, type MethodCall, TAGS } from './call-builder.js';
import { DecodingError } from './codec-error.js';

/** The XML declarations that clients send when they say nothing special. Only the encoding's name may be in capitals. */
const DECLARATION = /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])(?:utf-8|UTF-8|us-ascii|US-ASCII)\2)? ?\?>/;

/**
 * What an ordinary document has none of: entities and references, carriage returns (which a parser turns into line feeds),
 * characters that XML leaves out, `]]>`, comments, CDATA, DOCTYPE and processing instructions.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
const UNUSUAL = /[&\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\]\]>|<[!?]/;

/**
 * Reads a document that is nothing but bare tags and plain text, as most calls are, in a third of the time that an XML parser
 * takes. Whatever is unusual, or wrong, it leaves to the parser.
 *
 * @returns undefined for a document that the XML parser has to look at
 */
export function readOrdinaryDocument(text: string): MethodCall | undefined {
  const start = DECLARATION.exec(text)?.[0].length ?? 0;
  const document = start === 0 ? text : text.slice(start);
  if (UNUSUAL.test(document)) return undefined;
  const builder = new CallBuilder();
  try {
    return readTags(document, builder) ? builder.finish() : undefined;
  } catch (error) {
    // The parser finds it too, and can tell where.
    if (error instanceof DecodingError) return undefined;
    throw error;
  }
}

/** False if there is a tag that is not bare or does not match, or text around the document element. */
function readTags(text: string, builder: CallBuilder): boolean {
  let at = 0;
  let done = false;
  for (let open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
    const end = text.indexOf('>', open);
    if (end < 0 || done) return false;
    if (open > at) {
      if (builder.tag === '' && /[^ \t\n]/.test(text.slice(at, open))) return false;
      builder.addText(text.slice(at, open));
    }
    at = end + 1;
    if (text[open + 1] === '/') {
      if (builder.tag === '' || text.slice(open + 2, end) !== builder.tag) return false;
      builder.closeTag();
      done = builder.tag === '';
    } else {
      const empty = text[end - 1] === '/';
      const tag = text.slice(open + 1, empty ? end - 1 : end);
      if (!TAGS.has(tag)) return false;
      builder.openTag(tag);
      if (empty) builder.closeTag();
    }
  }
  return done && !/[^ \t\n]/.test(text.slice(at));
}
