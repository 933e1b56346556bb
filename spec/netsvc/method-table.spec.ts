import { expect } from 'chai';
import { MethodTable } from '#lib/netsvc/method-table.js';

function open(): void {}
function close(): void {}
const DECLARATION = { params: [] };

describe('MethodTable', () => {
  it('is shared by services that export the same methods', () => {
    const tables = [1, 2].map(() => MethodTable.empty.with(open, DECLARATION).with(close, DECLARATION));
    expect(tables[0]).to.equal(tables[1]);
  });

  it('differs for another declaration, method or order', () => {
    const table = MethodTable.empty.with(open, DECLARATION);
    expect(MethodTable.empty.with(open, { params: [] })).to.not.equal(table);
    expect(MethodTable.empty.with(close, DECLARATION)).to.not.equal(table);
    expect(table.with(close, DECLARATION).names()).to.deep.equal(['close', 'open']);
    expect(table.names()).to.deep.equal(['open']);
  });

  it('does not share a method that only one service exports', () => {
    const base = MethodTable.empty.with(open, DECLARATION);
    const more = base.with(close, DECLARATION);
    expect(more.get('close')?.method).to.equal(close);
    expect(base.get('close')).to.equal(undefined);
  });
});
