import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startChromium } from '../../support/chromium.js';
import { call, faultOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';

/** Writes the screenshots of the documents: NETSVC_SCREENSHOTS=1 npm run one -- build/spec/server/pages/pages.spec.js */
const SCREENSHOTS = process.env.NETSVC_SCREENSHOTS ? projectFile('docs/images') : undefined;

const SCHEMES = ['light', 'dark'] as const;

const WINDOW = { width: 1000, height: 640 };

/** A statement that runs until it is cancelled. */
const SLOW = SCREENSHOTS ? 'select name, sleep(60) from parts' : `select sleep(60), '<img src=x onerror="alert(1)">'`;

describe('the pages, in Chromium', function () {
  this.timeout(60_000);
  const server = new ConfiguredServer();
  let browser: Browser;
  let running: CursorClient;
  const ended: Promise<unknown>[] = [];

  before(async function () {
    browser = await startChromium(this);
    const databases = { shop: {}, stock: {}, wages: { users: ['alan'] } };
    await server.start({ users: 'users', admin: OPERATORS, databases });
    await open();
    await (await open()).call('begin');
    running = await open('alan');
    if (SCREENSHOTS) await running.execute("create temporary table parts select 'nut' name");
    ended.push(faultOf(running.execute(SLOW)));
  });

  after(async () => {
    await browser?.close();
    await Promise.allSettled(ended);
  });

  const open = (user = 'grace') => server.open(user, 'shop', 300);

  /** Opens a browser of a user. @returns a page of it, and the errors that pages report */
  async function openPage(options: BrowserContextOptions): Promise<{ page: Page; errors: string[] }> {
    const httpCredentials = { username: 'grace', password: 'grace' };
    const context = await browser.newContext({ httpCredentials, viewport: WINDOW, ...options });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('dialog', (dialog) => errors.push(dialog.message()));
    await page.clock.install();
    return { page, errors };
  }

  /** By their options: a new page is a new process. */
  const opened = new Map<string, ReturnType<typeof openPage>>();

  /** Shows a page, and fails if it loads or runs what its policy forbids. */
  async function visit(
    url: string,
    options: BrowserContextOptions | undefined,
    visitor: (page: Page) => Promise<void>,
  ): Promise<void> {
    const key = JSON.stringify(options ?? {});
    const found = opened.get(key) ?? openPage(options ?? {});
    opened.set(key, found);
    const { page, errors } = await found;
    errors.length = 0;
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(url);
    await visitor(page);
    // Browsers ask for an icon by themselves.
    expect(errors.filter((error) => !error.includes('favicon') && !/status of 40[14]/.test(error))).to.deep.equal([]);
  }

  /** Makes the page refresh itself now. */
  async function refresh(page: Page): Promise<void> {
    const refreshed = page.waitForResponse(/\/sessions$/);
    await page.clock.fastForward(2000);
    await (await refreshed).finished();
  }

  /** Names the elements that Tab moves to. */
  async function tabOrder(page: Page, count: number): Promise<string[]> {
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      await page.keyboard.press('Tab');
      names.push(
        await page.evaluate(`document.activeElement.getAttribute('aria-label') ??
        document.activeElement.textContent.trim()`),
      );
    }
    return names;
  }

  const urls = () => ({
    endpoints: server.url('', '/'),
    documentation: server.url(),
    sessions: `${server.running.adminUrl}sessions`,
    filtered: `${server.running.adminUrl}sessions?user=grace&sort=age`,
    statements: `${server.running.adminUrl}statements`,
    users: `${server.running.adminUrl}users?sort=calls&order=asc`,
  });

  /** Returns the ids of the rules that hold, and what violates the others. @param rules all if there are none */
  const checkAccessibility = (page: Page, ...rules: string[]) =>
    page.evaluate(`axe.run(${JSON.stringify(rules.length === 0 ? {} : { runOnly: rules })}).then(({ violations, passes }) => ({
      violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join()),
      passes: passes.map(({ id }) => id),
    }))`) as Promise<{ violations: string[]; passes: string[] }>;

  for (const name of ['endpoints', 'documentation', 'filtered', 'statements', 'users'] as const) {
    it(`are accessible by the rules of axe in both colour schemes: ${name}`, () =>
      visit(urls()[name], undefined, async (page) => {
        const { default: axe } = await import('axe-core');
        await page.evaluate(axe.source);
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          // The schemes differ in colours.
          const { violations, passes } = await checkAccessibility(
            page,
            ...(colorScheme === 'light' ? [] : ['color-contrast']),
          );
          expect(violations, colorScheme).to.deep.equal([]);
          expect(passes).to.include.members([
            'color-contrast',
            ...(colorScheme === 'light' ? ['landmark-one-main'] : []),
          ]);
        }
      }));
  }

  for (const name of SCREENSHOTS === undefined ? [] : (['documentation', 'sessions'] as const)) {
    it(`look as in the documents: ${name}`, () =>
      visit(urls()[name], { viewport: { width: name === 'sessions' ? 1200 : 900, height: 640 } }, async (page) => {
        for (let i = 0; name === 'sessions' && i < 40; i++) {
          const calls = Array.from({ length: 5 + ((i * 7) % 11) }, () =>
            call(server.url('grace'), 'execute', 'select 1'),
          );
          if (i % 4 === 1) await faultOf(call(server.url('grace'), 'execute', 'select * from missing'));
          await Promise.all(calls);
          await refresh(page);
        }
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          await page.screenshot({ path: join(SCREENSHOTS ?? '', `${name}-${colorScheme}.png`) });
        }
      }));
  }

  for (const name of ['sessions', 'filtered', 'statements', 'users'] as const) {
    it(`fit into a window of 360 pixels: ${name}`, () =>
      visit(urls()[name], undefined, async (page) => {
        await page.setViewportSize({ ...WINDOW, width: 360 });
        // Tables scroll by themselves.
        expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(360);
        await page.setViewportSize(WINDOW);
      }));
  }

  it('select and sort sessions, without JavaScript', () =>
    visit(urls().sessions, { javaScriptEnabled: false }, async (page) => {
      await page.getByText('Filter', { exact: true }).first().click();
      await page.getByLabel('User').fill('alan');
      await page.getByRole('button', { name: 'Filter' }).click();
      expect(await page.locator('#sessions tbody tr').count()).to.equal(1);
      expect(await page.locator('#sessions button').allTextContents()).to.include('Close all 1');
      await page.getByRole('link', { name: 'Show all' }).click();
      await page.getByRole('link', { name: 'Age (s)' }).click();
      const ages = async () => (await page.locator('#sessions tbody td:nth-child(7)').allTextContents()).map(Number);
      expect(await page.locator('th[aria-sort=descending]').textContent()).to.equal('Age (s)');
      const before = await ages();
      expect(before).to.deep.equal([...before].sort((a, b) => b - a));
      await page.getByRole('link', { name: 'Age (s)' }).click();
      const after = await ages();
      expect(after).to.deep.equal([...after].sort((a, b) => a - b));
    }));

  it('list only the endpoints of the user', () =>
    visit(urls().endpoints, undefined, async (page) => {
      expect(await page.locator('main li').allTextContents()).to.deep.equal(['shop', 'stock']);
      await page.getByRole('link', { name: 'shop' }).click();
      expect(await page.locator('h1').textContent()).to.equal('shop');
    }));

  it('can be used with the keyboard: the documentation', () =>
    visit(urls().documentation, undefined, async (page) => {
      const languages = ['Python 3', 'Python 2', 'PHP', 'Ruby', 'Shell'];
      const links = ['Endpoints', 'methods of their own'];
      expect(await tabOrder(page, 8)).to.deep.equal([...links, ...languages, 'cursor']);
      expect(await page.locator('pre:visible').count()).to.equal(2);
      await page.locator('summary', { hasText: 'Ruby' }).first().press('Enter');
      expect(await page.locator('pre:visible').count()).to.equal(3);
      await page.getByRole('link', { name: 'methods of their own' }).press('Enter');
      const section = page.getByRole('region', { name: 'Methods of a session' });
      await section.getByRole('link', { name: 'fetchall' }).press('Enter');
      // Where the link leads to.
      expect(await section.locator('h3:target').textContent()).to.equal('fetchall(): array');
    }));

  it('can be read and used without JavaScript', async () => {
    const cursor = await open();
    await visit(urls().documentation, { javaScriptEnabled: false }, async (page) => {
      expect(await page.getByRole('heading', { name: 'cursor(timeout?: double' }).isVisible()).to.equal(true);
      await page.goto(urls().sessions);
      expect(await page.locator('#pause').isVisible()).to.equal(false);
      expect(await page.locator('#charts').isVisible()).to.equal(false);
      const before = await page.locator('tbody tr').count();
      await page
        .getByRole('button', { name: /^Close/ })
        .last()
        .click();
      await page.getByText('The session was closed.').waitFor();
      expect(await page.locator('tbody tr').count()).to.equal(before - 1);
    });
    expect(await faultOf(cursor.execute('select 1')).catch(() => 'closed')).to.equal('closed');
  });

  it('refresh themselves, and stop when they are told to', () =>
    visit(urls().sessions, undefined, async (page) => {
      const rows = page.locator('tbody tr');
      const before = await rows.count();
      const cursor = await open();
      await refresh(page);
      await rows.nth(before).waitFor();
      expect(await page.locator('[data-chart="calls"] polyline').getAttribute('points')).to.match(/^[\d.,]+/);
      await page.getByRole('button', { name: 'Pause refreshing' }).press('Enter');
      await cursor.call('close');
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      for (let i = 0; i < 3; i++) await page.clock.fastForward(2000);
      expect(requests).to.deep.equal([]);
      expect(await rows.count()).to.equal(before + 1);
    }));

  it('cancel a statement with the keyboard, and keep the focus', () =>
    visit(urls().sessions, undefined, async (page) => {
      const cancel = page.getByRole('button', { name: /^Cancel/ });
      const label = String(await cancel.getAttribute('aria-label')).replace('Cancel', 'Close');
      expect(await page.locator('td.statement').first().textContent()).to.equal(SLOW);
      const columns = await page.locator('#sessions th a').allTextContents();
      const order = await tabOrder(page, columns.length + 8);
      expect(order.slice(0, 5)).to.deep.equal(['Sessions', 'Statements', 'Users', 'Pause refreshing', 'Filter']);
      expect(order.slice(6)).to.deep.equal([...columns, label.replace('Close', 'Cancel'), label]);
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Enter');
      await page.getByText('The statement was cancelled.').waitFor();
      expect((await ended[0]) as object).to.have.property('code', 58);
      // The session may have been answering its client when the page was made.
      await until(async () => {
        await refresh(page);
        return (await cancel.count()) === 0;
      });
      expect(await page.evaluate('document.activeElement.id')).to.equal('list');
    }));
});
