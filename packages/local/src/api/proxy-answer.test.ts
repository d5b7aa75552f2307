import { describe, expect, it } from 'vitest';
import { proxyAnswer } from './proxy-answer.ts';

const of = (answer: unknown) => proxyAnswer(JSON.stringify(answer));

describe('proxyAnswer', () => {
  it('takes status, headers and body', () => {
    expect(of({ statusCode: 201, headers: { 'X-Count': 3, Location: '/a' }, body: 'text' })).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-count': '3', location: '/a' },
      body: 'text',
    });
    expect(of({ statusCode: 204 })).toMatchObject({ status: 204, body: '' });
  });

  it('lets multiValueHeaders win, as on AWS', () => {
    const answer = of({
      statusCode: 200,
      headers: { 'set-cookie': 'a', b: '1' },
      multiValueHeaders: { 'Set-Cookie': ['a', 'b'] },
    });
    expect(answer?.headers).toEqual({ 'content-type': 'application/json', 'set-cookie': ['a', 'b'], b: '1' });
  });

  it('decodes a binary body', () => {
    expect(of({ statusCode: 200, body: '//4=', isBase64Encoded: true })?.body).toEqual(Buffer.from([0xff, 0xfe]));
  });

  it('keeps the framing of the response to itself', () => {
    const headers = { 'Content-Length': '3', 'Transfer-Encoding': 'chunked', 'x-amzn-RequestId': 'mine' };
    expect(of({ statusCode: 200, headers })?.headers).toEqual({ 'content-type': 'application/json' });
  });

  it.each([
    ['nothing', null],
    ['no status code', { body: 'x' }],
    ['a status code in text', { statusCode: '200' }],
    ['an interim status code', { statusCode: 101 }],
    ['a body that is no text', { statusCode: 200, body: {} }],
    ['a header name with a space', { statusCode: 200, headers: { 'a b': '1' } }],
    ['a header value with a line break', { statusCode: 200, headers: { a: 'x\r\ny: z' } }],
    ['a header that is an object', { statusCode: 200, headers: { a: {} } }],
  ])('refuses %s', (_case, answer) => {
    expect(of(answer)).toBeUndefined();
  });

  it('refuses what is no JSON', () => {
    expect(proxyAnswer('{')).toBeUndefined();
  });
});
