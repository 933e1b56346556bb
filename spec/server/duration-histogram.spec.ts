import { expect } from 'chai';
import { BUCKETS, DurationHistogram } from '#lib/server/duration-histogram.js';

describe('DurationHistogram', () => {
  const lines = (histogram: DurationHistogram) => histogram.text().trimEnd().split('\n');

  it('counts each duration in its bucket and all that are larger', () => {
    const histogram = new DurationHistogram('a_seconds', { help: 'Help.', labels: ['x', 'y'] });
    for (const seconds of [0, 0.001, 0.0015, 300, 301]) histogram.observe(['1', ''], seconds);
    const buckets = BUCKETS.map((bound, i) => `a_seconds_bucket{x="1",y="",le="${bound}"} ${[2, 3][i] ?? 3}`);
    buckets[BUCKETS.length - 1] = 'a_seconds_bucket{x="1",y="",le="300"} 4';
    expect(lines(histogram)).to.deep.equal([
      '# HELP a_seconds Help.',
      '# TYPE a_seconds histogram',
      ...buckets,
      'a_seconds_bucket{x="1",y="",le="+Inf"} 5',
      'a_seconds_sum{x="1",y=""} 601.0025',
      'a_seconds_count{x="1",y=""} 5',
    ]);
  });

  it('has a series for each combination of labels', () => {
    const histogram = new DurationHistogram('a', { help: '', labels: ['x', 'y'] });
    for (const values of [
      ['1', '2'],
      ['1', '3'],
      ['2', '2'],
      ['1', '2'],
    ])
      histogram.observe(values, 1);
    expect(lines(histogram).filter((line) => line.startsWith('a_count'))).to.have.members([
      'a_count{x="1",y="2"} 2',
      'a_count{x="1",y="3"} 1',
      'a_count{x="2",y="2"} 1',
    ]);
  });

  it('escapes the values of labels', () => {
    const histogram = new DurationHistogram('a', { help: '', labels: ['x'] });
    histogram.observe(['"\\\n'], 1);
    expect(histogram.text()).to.contain('a_count{x="\\"\\\\\\n"} 1\n');
  });
});
