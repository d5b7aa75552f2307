throw new RangeError('cannot be imported');

export const handler = undefined;
