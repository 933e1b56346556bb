import { type Html, html } from '../../http/pages/html.js';

/** The pages for operators, by path, in the order in which they are linked. */
const PAGES = { sessions: 'Sessions', statements: 'Statements', users: 'Users' } as const;

/** Links the pages for operators. @param statements whether there is the page of statements, for users who log in */
export function navigation(current: keyof typeof PAGES, statements: boolean): Html {
  const links = Object.entries(PAGES).flatMap(([path, title]) => {
    if (path === 'statements' && !statements) return [];
    return path === current
      ? html`<a href="${path}" aria-current="page">${title}</a>\n`
      : html`<a href="${path}">${title}</a>\n`;
  });
  return html`<nav aria-label="Pages">\n${links}</nav>\n`;
}
