import contracts from '@prelaunch/contracts/package.json' with { type: 'json' };
import { asyncapiDocument } from './asyncapi/asyncapi-document.ts';
import { openapiDocument } from './openapi/openapi-document.ts';

export interface ContractFile {
  readonly name: string;
  readonly url: URL;
  readonly text: string;
}

/** The documents as they have to be checked in. The same schemas always make the same texts. */
export function contractFiles(): readonly ContractFile[] {
  const { version } = contracts;
  return [fileOf('openapi.json', openapiDocument(version)), fileOf('asyncapi.json', asyncapiDocument(version))];
}

function fileOf(name: string, document: unknown): ContractFile {
  const url = new URL(`../../contracts/${name}`, import.meta.url);
  return { name, url, text: `${JSON.stringify(document, null, 2)}\n` };
}
