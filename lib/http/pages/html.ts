/** HTML that is safe to send: the literal parts of templates, and text that was escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template may contain. Everything but `Html` is text, and is escaped. */
export type HtmlContent = Html | string | number | undefined | readonly HtmlContent[];

/**
 * Builds HTML. Values are escaped for text and for quoted attributes; undefined is nothing.
 *
 * @example
 * html`<p title="${title}">${text}</p>`
 */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlContent[]): Html {
  return new Html(literals.reduce((text, literal, i) => text + render(values[i - 1]) + literal));
}

function render(content: HtmlContent): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(render).join('');
  return String(content).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
