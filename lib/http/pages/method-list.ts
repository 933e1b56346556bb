import type { MethodDeclaration } from '../../netsvc/method-declaration.js';
import type { NamedDeclaration } from '../../netsvc/session-methods.js';
import { type Html, html } from './html.js';
import { encodePart } from './page-location.js';
import type { Snippet } from './snippet-text.js';

/** A section of the page with methods. */
export interface MethodSection {
  readonly title: string;
  /** Of the section, for links. */
  readonly id: string;
  /** In front of the names of the methods in their ids, which differ on a page. */
  readonly prefix?: string;
  readonly methods: readonly NamedDeclaration[];
  /** Between the title and the list of names. */
  readonly intro?: Html | undefined;
  /** Behind the help of a method. */
  readonly behind?: (declaration: MethodDeclaration) => Html | undefined;
}

/** Shows methods, with links to each; nothing if there are none. */
export function methodSection({ title, id, prefix = '', methods, intro, behind }: MethodSection): Html | undefined {
  if (methods.length === 0) return undefined;
  const links = methods.map(
    ([name]) => html`<li><a class="name" href="#${encodePart(prefix + name)}">${name}</a></li>\n`,
  );
  const described = methods.map(
    ([name, declaration]) => html`<h3 id="${prefix + name}">${name}${signature(declaration)}</h3>
<p>${declaration.help ?? ''}${behind?.(declaration)}</p>
`,
  );
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${intro}<ul class="names">
${links}</ul>
${described}</section>
`;
}

/** Such as `(size?: int): array`; empty if the method has no declaration. */
function signature({ params, returns }: MethodDeclaration): Html | undefined {
  if (params === undefined) return undefined;
  const list = params.map(
    ({ name, type, optional }, i) => html`${i > 0 ? ', ' : ''}${name}${optional ? '?' : ''}${typed(type)}`,
  );
  return html`(${list})${typed(returns ?? 'any')}`;
}

function typed(type: string): Html {
  return html`<span class="type">: ${type}</span>`;
}

/** Shows the first program, and the titles of the others. */
export function programs(snippets: readonly Snippet[]): Html {
  return html`${snippets.map(
    ({ language, text }, i) =>
      html`<details${i === 0 ? html` open` : undefined}>
<summary>${language}</summary>
<pre><code>${text}</code></pre>
</details>
`,
  )}`;
}
