import { InvalidArgumentError } from 'commander';

/** Parses an option that is one whole number. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Allowed are whole numbers from ${min} to ${max}.`);
  };
}

/** Parses an option that is a list of whole numbers with commas between them. */
export function wholeNumbers(min: number, max: number): (text: string) => number[] {
  const parse = wholeNumber(min, max);
  return (text) => text.split(',').map(parse);
}
