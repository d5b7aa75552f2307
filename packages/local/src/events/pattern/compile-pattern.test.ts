import { describe, expect, it } from 'vitest';
import { compilePattern } from './compile-pattern.ts';
import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';

type Case = readonly [sentence: string, pattern: unknown, matching: readonly unknown[], other: readonly unknown[]];

const cases: readonly Case[] = [
  // Exact values
  ['text exactly, with its case', { a: ['x'] }, [{ a: 'x' }], [{ a: 'X' }, { a: 'xx' }, { a: '' }, {}]],
  ['any of several values', { a: ['x', 'y'] }, [{ a: 'x' }, { a: 'y' }], [{ a: 'z' }]],
  ['all fields together', { a: ['x'], b: ['y'] }, [{ a: 'x', b: 'y', c: 1 }], [{ a: 'x' }, { b: 'y' }]],
  [
    'nested fields',
    { a: { b: { c: ['x'] } } },
    [{ a: { b: { c: 'x' } } }],
    [{ a: { b: 'x' } }, { a: { c: 'x' } }, { a: null }],
  ],
  ['numbers as numbers', { a: [300] }, [{ a: 300 }, { a: 3.0e2 }], [{ a: '300' }, { a: 301 }]],
  ['true', { a: [true] }, [{ a: true }], [{ a: 'true' }, { a: false }, { a: 1 }]],
  ['false', { a: [false] }, [{ a: false }], [{ a: null }, {}, { a: 0 }]],
  ['null as a value that is there', { a: [null] }, [{ a: null }], [{}, { a: '' }, { a: 'null' }]],
  ['the empty text', { a: [''] }, [{ a: '' }], [{}, { a: null }, { a: ' ' }]],
  [
    'values of several types',
    { a: ['x', 1, null, true] },
    [{ a: 'x' }, { a: 1 }, { a: null }, { a: true }],
    [{ a: 2 }],
  ],
  ['a field whose name is an operator', { a: { prefix: ['x'] } }, [{ a: { prefix: 'x' } }], [{ a: 'x' }]],
  ['names that objects inherit only as own fields', { toString: ['x'] }, [{ toString: 'x' }], [{}]],

  // Arrays
  ['an array if one element fits', { a: ['x'] }, [{ a: ['w', 'x'] }], [{ a: ['w'] }, { a: [] }]],
  ['arrays that intersect', { a: ['x', 'y'] }, [{ a: ['y', 'z'] }], [{ a: ['w', 'z'] }]],
  ['through arrays of objects', { a: { b: ['x'] } }, [{ a: [{ b: 'w' }, { b: 'x' }] }], [{ a: [{ b: 'w' }] }]],
  [
    'fields of one array element only together',
    { a: { b: ['x'], c: ['y'] } },
    [{ a: [{ b: 'w' }, { b: 'x', c: 'y' }] }],
    [
      {
        a: [
          { b: 'x', c: 'z' },
          { b: 'w', c: 'y' },
        ],
      },
    ],
  ],
  ['arrays in arrays', { a: ['x'] }, [{ a: [['x'], 'y'] }], [{ a: [['y']] }]],

  // Prefix and suffix
  [
    'a prefix',
    { a: [{ prefix: 'eu-' }] },
    [{ a: 'eu-west-1' }, { a: 'eu-' }],
    [{ a: 'us-eu-' }, { a: 'EU-west-1' }, { a: 5 }, {}],
  ],
  ['the empty prefix for any text', { a: [{ prefix: '' }] }, [{ a: 'x' }, { a: '' }], [{ a: 5 }, {}]],
  [
    'a prefix in any case',
    { a: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
    [{ a: 'eVENTbridge' }],
    [{ a: 'bEventB' }],
  ],
  ['a suffix', { a: [{ suffix: '.png' }] }, [{ a: 'x.png' }, { a: '.png' }], [{ a: 'x.PNG' }, { a: 'png' }, { a: 1 }]],
  ['a suffix in any case', { a: [{ suffix: { 'equals-ignore-case': '.png' } }] }, [{ a: 'x.PNG' }], [{ a: 'x.jpg' }]],
  ['one of several prefixes', { a: [{ prefix: 'x' }, { prefix: 'y' }] }, [{ a: 'xa' }, { a: 'ya' }], [{ a: 'za' }]],
  ['a prefix in one element of an array', { a: [{ prefix: 'x' }] }, [{ a: ['a', 'xb'] }], [{ a: ['a', 'b'] }]],

  // Equals, ignoring case
  [
    'text in any case',
    { a: [{ 'equals-ignore-case': 'AlIcE' }] },
    [{ a: 'alice' }, { a: 'ALICE' }],
    [{ a: 'alic' }, { a: null }],
  ],

  // Anything but
  ['anything but a value', { a: [{ 'anything-but': 'x' }] }, [{ a: 'y' }, { a: '' }, { a: 1 }], [{ a: 'x' }, {}]],
  ['anything but a number', { a: [{ 'anything-but': 123 }] }, [{ a: 124 }, { a: '123' }], [{ a: 123 }]],
  ['anything but a list', { a: [{ 'anything-but': ['x', 'y'] }] }, [{ a: 'z' }], [{ a: 'x' }, { a: 'y' }]],
  ['anything but a list of numbers', { a: [{ 'anything-but': [100, 200] }] }, [{ a: 300 }], [{ a: 100 }, { a: 200 }]],
  [
    'anything but a prefix',
    { a: [{ 'anything-but': { prefix: 'init' } }] },
    [{ a: 'start' }, { a: 5 }],
    [{ a: 'initial' }, {}],
  ],
  [
    'anything but several prefixes',
    { a: [{ 'anything-but': { prefix: ['x', 'y'] } }] },
    [{ a: 'za' }],
    [{ a: 'xa' }, { a: 'ya' }],
  ],
  ['anything but a suffix', { a: [{ 'anything-but': { suffix: '.txt' } }] }, [{ a: 'x.rtf' }], [{ a: 'x.txt' }]],
  [
    'anything but several suffixes',
    { a: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] },
    [{ a: 'x.doc' }],
    [{ a: 'x.txt' }, { a: 'x.rtf' }],
  ],
  [
    'anything but text in any case',
    { a: [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }] },
    [{ a: 'started' }],
    [{ a: 'INITIALIZING' }],
  ],
  [
    'anything but several texts in any case',
    { a: [{ 'anything-but': { 'equals-ignore-case': ['x', 'y'] } }] },
    [{ a: 'z' }],
    [{ a: 'X' }, { a: 'Y' }],
  ],
  [
    'anything but a wildcard',
    { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
    [{ a: '/bin/x' }],
    [{ a: '/a/lib/b' }],
  ],
  [
    'anything but several wildcards',
    { a: [{ 'anything-but': { wildcard: ['*.txt', 'x*'] } }] },
    [{ a: 'a.rtf' }],
    [{ a: 'a.txt' }, { a: 'xyz' }],
  ],
  ['an array with one other element', { a: [{ 'anything-but': 'x' }] }, [{ a: ['x', 'y'] }], [{ a: ['x'] }, { a: [] }]],
  ['null as anything but a text', { a: [{ 'anything-but': 'x' }] }, [{ a: null }], []],

  // Numeric
  ['equal numbers', { a: [{ numeric: ['=', 5] }] }, [{ a: 5 }, { a: 5.0 }], [{ a: 6 }, { a: '5' }]],
  ['greater numbers', { a: [{ numeric: ['>', 0] }] }, [{ a: 0.1 }], [{ a: 0 }, { a: -1 }]],
  ['numbers at least', { a: [{ numeric: ['>=', 0] }] }, [{ a: 0 }], [{ a: -0.1 }]],
  ['smaller numbers', { a: [{ numeric: ['<', 10] }] }, [{ a: 9 }], [{ a: 10 }]],
  ['numbers at most', { a: [{ numeric: ['<=', 10] }] }, [{ a: 10 }], [{ a: 10.01 }]],
  ['a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, [{ a: 1 }, { a: 5 }], [{ a: 0 }, { a: 5.1 }, { a: null }]],
  ['a range stated from above', { a: [{ numeric: ['<', 5, '>=', 0] }] }, [{ a: 0 }, { a: 4 }], [{ a: 5 }, { a: -1 }]],
  ['negative numbers and exponents', { a: [{ numeric: ['=', 3.018e2] }] }, [{ a: 301.8 }], [{ a: -301.8 }]],

  // Exists
  [
    'a field that is there',
    { a: [{ exists: true }] },
    [{ a: 1 }, { a: null }, { a: '' }, { a: ['x'] }],
    [{}, { b: 1 }],
  ],
  ['leaves only', { a: [{ exists: true }] }, [], [{ a: { b: 1 } }, { a: [] }, { a: [{ b: 1 }] }]],
  ['a field that is absent', { a: [{ exists: false }] }, [{}, { b: 1 }, { a: { b: 1 } }], [{ a: 1 }, { a: null }]],
  [
    'absence below a missing parent',
    { a: { b: { c: [{ exists: false }] } } },
    [{}, { a: 1 }, { a: { b: {} } }],
    [{ a: { b: { c: 0 } } }],
  ],
  [
    'absence in all elements of an array',
    { a: { b: [{ exists: false }] } },
    [{ a: [{ c: 1 }] }, { a: [] }],
    [{ a: [{ c: 1 }, { b: 1 }] }],
  ],
  ['a value or absence', { a: ['x', { exists: false }] }, [{ a: 'x' }, {}], [{ a: 'y' }]],
  [
    'presence of one and absence of another',
    { a: [{ exists: true }], b: [{ exists: false }] },
    [{ a: 1 }],
    [{ a: 1, b: 1 }],
  ],

  // CIDR
  ['IPv4 blocks', { a: [{ cidr: '10.0.0.0/24' }] }, [{ a: '10.0.0.255' }], [{ a: '10.0.1.0' }, { a: 'x' }, { a: 10 }]],
  ['blocks stated by any address inside', { a: [{ cidr: '10.0.0.77/8' }] }, [{ a: '10.200.3.4' }], [{ a: '11.0.0.1' }]],
  [
    'IPv6 blocks',
    { a: [{ cidr: '2001:db8::/32' }] },
    [{ a: '2001:db8:1::5' }],
    [{ a: '2001:db9::1' }, { a: '10.0.0.1' }],
  ],
  ['no mapped IPv4 address by an IPv4 block', { a: [{ cidr: '10.0.0.0/8' }] }, [], [{ a: '::ffff:10.0.0.1' }]],
  ['all of IPv4', { a: [{ cidr: '0.0.0.0/0' }] }, [{ a: '255.1.2.3' }], [{ a: '::1' }]],

  // Wildcard
  ['a wildcard at the end', { a: [{ wildcard: 'x*' }] }, [{ a: 'x' }, { a: 'xyz' }], [{ a: 'ax' }]],
  ['a wildcard at the start', { a: [{ wildcard: '*.png' }] }, [{ a: '.png' }, { a: 'a.b.png' }], [{ a: 'a.png.gz' }]],
  [
    'wildcards between',
    { a: [{ wildcard: 'dir/*/*.csv' }] },
    [{ a: 'dir/a/b.csv' }, { a: 'dir/a/b/c.csv' }],
    [{ a: 'dir/a.csv' }],
  ],
  [
    'no text twice with a wildcard between',
    { a: [{ wildcard: 'ab*ba' }] },
    [{ a: 'abba' }, { a: 'abxba' }],
    [{ a: 'aba' }],
  ],
  ['middle pieces in order', { a: [{ wildcard: 'a*b*c*d' }] }, [{ a: 'axbxcxd' }, { a: 'abcbcd' }], [{ a: 'acbd' }]],
  ['an escaped star as itself', { a: [{ wildcard: '*a\\*b*' }] }, [{ a: 'xa*by' }], [{ a: 'xaZby' }]],
  ['an escaped backslash as itself', { a: [{ wildcard: 'a\\\\*' }] }, [{ a: 'a\\b' }], [{ a: 'ab' }]],
  ['a wildcard without a star as the text', { a: [{ wildcard: 'x' }] }, [{ a: 'x' }], [{ a: 'xx' }]],
  [
    'special characters of other languages as themselves',
    { a: [{ wildcard: 'a.?[b]*' }] },
    [{ a: 'a.?[b]c' }],
    [{ a: 'axxb' }],
  ],

  // $or
  [
    'one of several fields',
    { $or: [{ a: ['x'] }, { b: [{ numeric: ['>', 5] }] }] },
    [{ a: 'x' }, { b: 6 }],
    [{ a: 'y', b: 5 }],
  ],
  [
    'alternatives and a common field',
    { c: [1], $or: [{ a: ['x'] }, { b: ['y'] }] },
    [{ c: 1, a: 'x' }],
    [{ a: 'x' }, { c: 1 }],
  ],
  ['nested alternatives', { d: { $or: [{ a: ['x'] }, { b: ['y'] }] } }, [{ d: { b: 'y' } }], [{ b: 'y' }]],
  [
    'alternatives within alternatives',
    { $or: [{ a: ['x'] }, { $or: [{ b: ['y'] }, { c: ['z'] }] }] },
    [{ c: 'z' }],
    [{ c: 'y' }],
  ],
  [
    'alternatives over presence',
    { $or: [{ a: [{ exists: true }] }, { b: [{ exists: false }] }] },
    [{ a: 1, b: 1 }, {}],
    [{ b: 1 }],
  ],
  ['a field named $or that is no operator', { $or: ['x'] }, [{ $or: 'x' }], [{ a: 'x' }]],

  // Whole events
  [
    'an event of EC2',
    {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['terminated'] },
    },
    [
      {
        source: 'aws.ec2',
        'detail-type': 'EC2 Instance State-change Notification',
        detail: { state: 'terminated', 'instance-id': 'i-1' },
      },
    ],
    [{ source: 'aws.ec2', 'detail-type': 'EC2 Instance State-change Notification', detail: { state: 'running' } }],
  ],
  [
    'several comparisons at once',
    {
      time: [{ prefix: '2017-10-02' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        x: [{ exists: false }],
      },
    },
    [{ time: '2017-10-02T01:00:00Z', detail: { state: 'running', 'c-count': 5 } }],
    [{ time: '2017-10-02T01:00:00Z', detail: { state: 'running', 'c-count': 5, x: 1 } }],
  ],
];

describe('compilePattern', () => {
  it.each(cases)('matches %s', (_sentence, pattern, matching, other) => {
    const matches = compilePattern(JSON.stringify(pattern));
    expect(matching.filter((event) => !matches(event))).toEqual([]);
    expect(other.filter((event) => matches(event))).toEqual([]);
  });

  it.each([
    ['text that is no JSON', '{'],
    ['a list', '[]'],
    ['an empty pattern', '{}'],
    ['an empty object inside', '{"a":{}}'],
    ['a bare value', '{"a":"x"}'],
    ['an empty list', '{"a":[]}'],
    ['a list in a list', '{"a":[["x"]]}'],
    ['an unknown comparison', '{"a":[{"regex":"x"}]}'],
    ['two comparisons in one', '{"a":[{"prefix":"x","suffix":"y"}]}'],
    ['an empty comparison', '{"a":[{}]}'],
    ['a prefix that is no text', '{"a":[{"prefix":5}]}'],
    ['an unknown comparison in a prefix', '{"a":[{"prefix":{"wildcard":"x"}}]}'],
    ['a suffix that is no text', '{"a":[{"suffix":null}]}'],
    ['exists that is no truth value', '{"a":[{"exists":"true"}]}'],
    ['anything but null', '{"a":[{"anything-but":null}]}'],
    ['anything but an empty list', '{"a":[{"anything-but":[]}]}'],
    ['anything but mixed types', '{"a":[{"anything-but":["x",1]}]}'],
    ['anything but truth values', '{"a":[{"anything-but":[true]}]}'],
    ['anything but an empty prefix', '{"a":[{"anything-but":{"prefix":""}}]}'],
    ['anything but numeric', '{"a":[{"anything-but":{"numeric":["=",1]}}]}'],
    ['numeric without a list', '{"a":[{"numeric":5}]}'],
    ['numeric without terms', '{"a":[{"numeric":[]}]}'],
    ['numeric with an unknown operator', '{"a":[{"numeric":["==",5]}]}'],
    ['numeric with text', '{"a":[{"numeric":[">","5"]}]}'],
    ['numeric without a bound', '{"a":[{"numeric":[">"]}]}'],
    ['numeric out of bounds', '{"a":[{"numeric":[">",5000000001]}]}'],
    ['an empty range', '{"a":[{"numeric":[">",5,"<",5]}]}'],
    ['a range with two lower bounds', '{"a":[{"numeric":[">",1,">=",5]}]}'],
    ['equality in a range', '{"a":[{"numeric":["=",1,"<",5]}]}'],
    ['a block without a mask', '{"a":[{"cidr":"10.0.0.1"}]}'],
    ['a block with too many bits', '{"a":[{"cidr":"10.0.0.0/33"}]}'],
    ['a block of no address', '{"a":[{"cidr":"10.0.0/24"}]}'],
    ['two stars in a row', '{"a":[{"wildcard":"a**"}]}'],
    ['an unknown escape', '{"a":[{"wildcard":"a\\\\b"}]}'],
    ['an escape at the end', '{"a":[{"wildcard":"a\\\\"}]}'],
    ['a pattern that is too long', `{"a":["${'x'.repeat(2048)}"]}`],
  ])('refuses %s', (_sentence, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(InvalidEventPatternError);
  });

  it('says why it refuses, in the words of EventBridge', () => {
    expect(() => compilePattern('{"source":"x"}')).toThrow(
      'Event pattern is not valid. Reason: "source" must be an object or an array',
    );
  });
});
