/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input.stage === 'production';
    return {
      name: 'prelaunch',
      removal: production ? 'retain' : 'remove',
      protect: production,
      home: 'aws',
      providers: { aws: { region: process.env.AWS_REGION ?? 'us-east-1' } },
    };
  },
  // SST evaluates this file before it has set up the components, so the stacks are imported when it runs, not above.
  async run() {
    const { deployPrelaunch } = await import('./stacks/index.ts');
    return deployPrelaunch($app.stage);
  },
});
