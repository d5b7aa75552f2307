import { expect, it } from 'vitest';
import { claimTexts } from './claim-texts.ts';

it('makes text of claims as API Gateway does', () => {
  const claims = {
    sub: 'a',
    'cognito:groups': ['x', 'y'],
    email_verified: true,
    auth_time: 1790000000,
    exp: 1795513053,
    iat: 1790000000,
    address: { city: 'Ulm' },
  };
  expect(claimTexts(claims)).toEqual({
    sub: 'a',
    'cognito:groups': 'x,y',
    email_verified: 'true',
    auth_time: '1790000000',
    exp: 'Tue Nov 24 09:37:33 UTC 2026',
    iat: 'Mon Sep 21 14:13:20 UTC 2026',
    address: '{"city":"Ulm"}',
  });
});
