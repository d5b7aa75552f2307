import { readFile } from 'node:fs/promises';
import { CONFIGURATION_LIMITS } from '@prelaunch/contracts/configuration';
import {
  ConfigurationGraph,
  ListConfigurationsResponse,
  ResolveConfigurationResponse,
} from '@prelaunch/contracts/operations/configurations';
import { DEMO_CONFIGURATION, DEMO_CONFIGURATIONS } from '@prelaunch/local/demo/demo-graph';
import { DEMO_SETTINGS } from '@prelaunch/local/demo/demo-group';
import { type Ask, publishGraph } from '@prelaunch/local/demo/publish-graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { operationWorld } from '../support/operation-world.ts';

const PAGE = new URL('../../docs/configurations.md', import.meta.url);

/** Everything that is asked, with all that comes of it. */
function asking(): Ask {
  const world = operationWorld();
  return async (request, schema) => {
    const answer = await world.ask(request);
    await world.settle();
    return schema.parse(answer);
  };
}

async function publishedGraph(): Promise<Ask> {
  const ask = asking();
  await publishGraph(ask);
  return ask;
}

describe('docs/configurations.md', () => {
  let page = '';
  let examples: unknown[] = [];
  beforeAll(async () => {
    page = await readFile(PAGE, 'utf8');
    examples = blocks('json', page).map((text): unknown => JSON.parse(text));
  });

  it('shows what the configurations of the demonstration say', () => {
    const contents = DEMO_CONFIGURATIONS.map(({ configurationId, content }) => {
      const { description: _description, owner: _owner, ...said } = content;
      return [configurationId, said];
    });
    expect(examples[0]).toEqual(Object.fromEntries(contents));
  });

  it('shows the picture of the graph as it is drawn', async () => {
    const ask = await publishedGraph();
    const { mermaid } = await ask({ operation: 'get_configuration_graph' }, ConfigurationGraph);
    expect(blocks('mermaid', page)).toEqual([mermaid]);
  });

  it('shows what resolving answers, and of the keys that it explains who won and who lost why', async () => {
    const [, request, answer, explained] = examples as [
      unknown,
      { operation: string },
      unknown,
      { provenance: Record<string, unknown> },
    ];
    const ask = await publishedGraph();
    const { path, settings, problems, provenance } = await ask(request, ResolveConfigurationResponse);
    const keys = Object.keys(explained.provenance);
    expect({ path, settings, problems }).toEqual(answer);
    expect(Object.fromEntries(keys.map((key) => [key, provenance[key]]))).toEqual(explained.provenance);
  });

  it('shows nothing else as JSON', () => expect(examples).toHaveLength(4));

  it('names the limits as they are', () => {
    const { parents, depth, keys, bytes, configurations } = CONFIGURATION_LIMITS;
    const told = [...(page.split('## Limits')[1] ?? '').matchAll(/^\| [^|]+ \| ([\d,]+)/gm)].map(([, figure = '']) =>
      Number(figure.replaceAll(',', '')),
    );
    expect(told).toEqual([parents, depth, keys, bytes, configurations]);
  });
});

describe('the graph of the demonstration', () => {
  it('comes to the settings that the demonstration applies the old way too', async () => {
    const ask = await publishedGraph();
    const request = { operation: 'resolve_configuration', ...DEMO_CONFIGURATION };
    const { settings, problems } = await ask(request, ResolveConfigurationResponse);
    expect({ settings, problems }).toEqual({ settings: DEMO_SETTINGS, problems: [] });
  });

  it('is published once: what is there stays, whatever it says by now', async () => {
    const ask = asking();
    const published = await publishGraph(ask);
    const before = await ask({ operation: 'list_configurations' }, ListConfigurationsResponse);
    expect(published).toEqual(DEMO_CONFIGURATIONS.map(({ configurationId }) => configurationId));
    expect(await publishGraph(ask)).toEqual([]);
    expect(await ask({ operation: 'list_configurations' }, ListConfigurationsResponse)).toEqual(before);
  });
});

function blocks(language: string, page: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
}
