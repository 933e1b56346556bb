import type { MethodDeclaration, SessionMethods } from '../../netsvc/method-declaration.js';
import { methodsOfSession, type NamedDeclaration, namedDeclarations } from '../../netsvc/session-methods.js';
import { type Html, html } from './html.js';
import { methodSection, programs } from './method-list.js';
import { encodePart } from './page-location.js';
import { type SessionUse, sessionSnippets } from './session-snippets.js';
import { isCallable, type SnippetAddress } from './snippet-text.js';

/** The sessions of one class that a service opens. */
interface OpenedSessions {
  readonly table: SessionMethods;
  /** The methods that open one. */
  readonly openers: NamedDeclaration[];
}

/** The sections of a page about the sessions that a service opens. */
export class SessionSections {
  readonly #classes: OpenedSessions[] = [];

  /** @param methods of the service */
  constructor(methods: readonly NamedDeclaration[]) {
    for (const [name, declaration] of methods) {
      const { opens: table } = declaration;
      if (table === undefined) continue;
      const known = this.#classes.find((opened) => opened.table === table);
      if (known) known.openers.push([name, declaration]);
      else this.#classes.push({ table, openers: [[name, declaration]] });
    }
  }

  /** A sentence that says where the methods of sessions are; undefined if there are no sessions. */
  get summary(): Html | undefined {
    const [first] = this.#classes;
    return first && html` Its sessions have <a href="#${encodePart(idOf(first))}">methods of their own</a>.`;
  }

  /** A link to the methods of the sessions that a method opens. */
  link({ opens }: MethodDeclaration): Html | undefined {
    const opened = this.#classes.find(({ table }) => table === opens);
    return opened && html` <a href="#${encodePart(idOf(opened))}">Methods of the session</a>`;
  }

  /** For each class of sessions, a program that uses one, and its methods. */
  sections(address: SnippetAddress): (Html | undefined)[] {
    const isOnly = this.#classes.length === 1;
    return this.#classes.map((opened) =>
      methodSection({
        title: isOnly ? 'Methods of a session' : `Methods of a session of ${namesOf(opened).join(', ')}`,
        id: idOf(opened),
        prefix: `${idOf(opened)}/`,
        methods: methodsOfSession(opened.table),
        intro: introduction(opened, address),
      }),
    );
  }
}

/** No method has such a name. */
function idOf(opened: OpenedSessions): string {
  return `${namesOf(opened)[0]}()`;
}

function namesOf({ openers }: OpenedSessions): string[] {
  return openers.map(([name]) => name);
}

function introduction(opened: OpenedSessions, address: SnippetAddress): Html {
  const names = namesOf(opened).map((name, i) => html`${i > 0 ? ' or ' : ''}<code>${name}</code>`);
  const use = useOf(opened);
  return html`<p>A session is opened by ${names}, which returns its ID. Its methods are called at the address
<code class="name">${address.url}/ID</code></p>
${use && programs(sessionSnippets(address, use))}`;
}

/** The calls of the examples; undefined if no method opens a session without arguments or with an example. */
function useOf({ openers, table }: OpenedSessions): SessionUse | undefined {
  for (const [method, { params = [], example }] of openers) {
    const args = example ?? (params.every(({ optional }) => optional) ? [] : undefined);
    if (args === undefined || !isCallable(method)) continue;
    const calls = namedDeclarations(table).flatMap(([name, declaration]) =>
      declaration.example && isCallable(name) ? [{ method: name, args: declaration.example }] : [],
    );
    return { opening: { method, args }, calls };
  }
  return undefined;
}
