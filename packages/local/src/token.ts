import { ROLES } from '@prelaunch/contracts/access';
import { Command, InvalidArgumentError, Option } from 'commander';
import { durationSeconds } from './api/duration-argument.ts';
import { ISSUER_DIRECTORY } from './api/issuer-file.ts';
import { IssuerFileError } from './api/issuer-file-error.ts';
import { createLocalIssuer, type LocalIssuer } from './api/local-issuer.ts';

interface TokenOptions {
  readonly role: readonly string[];
  readonly group: readonly string[];
  readonly user: string;
  readonly expires: number;
}

/** As long as Cognito lets an ID token live. */
const EXPIRES_SECONDS_MAX = 24 * 3600;

const options = new Command('prelaunch-token')
  .description('Prints a token for the local API, signed by the local issuer.')
  .addOption(
    new Option('--role <role>', `a role to have: ${ROLES.join(', ')}; may be repeated`).default([]).argParser(role),
  )
  .addOption(new Option('--group <name>', 'a Cognito group to be in; may be repeated').default([]).argParser(group))
  .addOption(new Option('--user <name>', 'who the token is for').default('local').argParser(user))
  .addOption(
    new Option('--expires <duration>', 'how long it is good: 90s, 15m, 1h')
      .default(3600, '1h')
      .argParser(durationSeconds(EXPIRES_SECONDS_MAX)),
  )
  .allowExcessArguments(false)
  .parse()
  .opts<TokenOptions>();

const issuer = await issuerOrSayWhyNot();
const groups = [...new Set([...options.role.map((name) => `prelaunch-${name}`), ...options.group])];
console.log(await issuer.token({ user: options.user, groups, expiresInSeconds: options.expires }));

async function issuerOrSayWhyNot(): Promise<LocalIssuer> {
  try {
    return await createLocalIssuer(ISSUER_DIRECTORY);
  } catch (error) {
    const isMendable = error instanceof IssuerFileError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!isMendable) throw error;
    console.error(`error: ${(error as Error).message}`);
    process.exit(1);
  }
}

function role(text: string, before: readonly string[]): string[] {
  if (ROLES.some((name) => name === text)) return [...before, text];
  throw new InvalidArgumentError(`Allowed are ${ROLES.join(', ')}.`);
}

/** A comma would make two groups of one, since functions are told groups as one text with commas. */
function group(text: string, before: readonly string[]): string[] {
  if (/^[^\s,]{1,128}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('Allowed are names of 1 to 128 characters without spaces and commas.');
}

function user(text: string): string {
  if (/^\S{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError('Allowed are names of 1 to 128 characters without spaces.');
}
