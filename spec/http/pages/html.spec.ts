import { expect } from 'chai';
import { html } from '#lib/http/pages/html.js';

describe('html', () => {
  it('escapes every value for text and for attributes', () => {
    expect(html`<p title="${'"><script>'}">${"a&b'c"}</p>`.text).to.equal(
      '<p title="&#34;&#62;&#60;script&#62;">a&#38;b&#39;c</p>',
    );
  });

  it('contains other HTML and lists as they are, and nothing for undefined', () => {
    expect(html`<ul>${['<', 'x'].map((item) => html`<li>${item}</li>`)}</ul>${undefined}${1}`.text).to.equal(
      '<ul><li>&#60;</li><li>x</li></ul>1',
    );
  });
});
