/** What the packages export. */
const entries =
  '^packages/[^/]+/src/((conformance|driver|engine|onnx|testing|tokenizer)/)?index\\.ts$'

/** The import map, as rules. Each comment is the reason a reader needs. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means two files are one concept.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-knows-no-one',
      comment: 'The contract is what everyone shares; it cannot depend on who keeps it.',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'chat-knows-only-core',
      comment: 'What is known of models is the same on every runtime.',
      severity: 'error',
      from: { path: '^packages/chat/src/' },
      to: { path: '^packages/(?!(core|chat)/)' },
    },
    {
      name: 'playbook-knows-only-core',
      comment: 'It works over any model, whoever made it.',
      severity: 'error',
      from: { path: '^packages/playbook/src/' },
      to: { path: '^packages/(?!(core|playbook)/)' },
    },
    {
      name: 'otel-knows-only-core',
      comment: 'It tells of any model, whoever made it.',
      severity: 'error',
      from: { path: '^packages/otel/src/' },
      to: { path: '^packages/(?!(core|otel)/)' },
    },
    {
      name: 'onnx-graph-knows-only-core',
      comment: 'It changes graphs and runs none, so that every runtime and every tool can use it.',
      severity: 'error',
      from: { path: '^packages/onnx-graph/src/' },
      to: { path: '^packages/(?!(core|onnx-graph)/)' },
    },
    {
      name: 'forge-knows-only-core-and-onnx-graph',
      comment:
        'Forge writes the files that the adapters are tested with, so it imports no adapter.',
      severity: 'error',
      from: { path: '^packages/forge/src/' },
      to: { path: '^packages/(?!(core|onnx-graph|forge)/)' },
    },
    {
      name: 'adapters-are-strangers',
      comment:
        'Adapters share core, chat and onnx-graph, and never import each other. ' +
        'Tiny is an optional peer; forge is for their tests alone.',
      severity: 'error',
      from: { path: '^packages/(llama-cpp|onnx|http)/src/' },
      to: {
        path: '^packages/',
        pathNot: ['^packages/$1/', '^packages/(core|chat|onnx-graph|tiny)/'],
      },
    },
    {
      name: 'front-door-only',
      comment: 'Across packages, import what package.json exports.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: '^packages/(?!$1/)[^/]+/src/', pathNot: entries },
    },
    {
      name: 'front-door-only-from-outside',
      comment: 'Examples and benches measure and show what a user can import.',
      severity: 'error',
      from: { path: '^(examples|bench|scripts|\\.github)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: entries },
    },
    {
      name: 'examples-stand-alone',
      comment: 'A reader copies an example; it runs on packages and on nothing else from here.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'core-runtime-deps',
      comment:
        'Core depends on zod and a validator of JSON Schema, and on nothing of Node, ' +
        'so that it runs in a browser.',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-no-pkg', 'core'],
        pathNot: 'node_modules/(\\.pnpm/)?(zod|@cfworker)',
      },
    },
    {
      name: 'no-node-in-http',
      comment: "It speaks over the platform's own fetch, so that it runs in a browser.",
      severity: 'error',
      from: { path: '^packages/http/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'text-is-pure',
      comment: 'text/ is string in, part out: no requests, no drivers, no platform.',
      severity: 'error',
      from: { path: '^packages/core/src/text/' },
      to: { path: '.', pathNot: '^packages/core/src/(text/|part\\.ts)' },
    },
    {
      name: 'middleware-sees-only-the-contract',
      comment: 'Middleware wraps drivers; what knows models or suites cannot be wrapped again.',
      severity: 'error',
      from: { path: '^packages/core/src/middleware/' },
      to: { path: '^packages/core/src/(model|conformance|testing)' },
    },
    {
      name: 'conformance-sees-only-the-contract',
      comment: 'A law that needs an implementation is not a law.',
      severity: 'error',
      from: { path: '^packages/core/src/conformance/' },
      to: {
        path: '^packages/core/src/',
        pathNot: [
          '^packages/core/src/(conformance/|driver/driver\\.ts)',
          '^packages/core/src/(capabilities|error|generate-input|message|model|part)\\.ts',
          '^packages/core/src/(request|result|sampling)\\.ts',
        ],
      },
    },
    {
      name: 'nothing-ships-the-suite',
      comment: 'The suite and the scripted driver are for tests; apps do not carry them.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/core/src/(conformance|testing)/' },
      to: { path: '^packages/core/src/(conformance|testing)/' },
    },
    {
      name: 'resolvable',
      comment: 'What is not in its package.json is not linked here, and not installed by a user.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'src-not-to-test',
      comment: 'What ships cannot need what does not.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '(^|/)(test|scripts|bench|examples)/' },
    },
    {
      name: 'scripts-not-to-test',
      comment: 'Tests test the scripts, and a script runs without a test runner.',
      severity: 'error',
      from: { path: '^(scripts|\\.github)/' },
      to: { path: '(^|/)test/' },
    },
    {
      name: 'tests-import-no-test',
      comment: 'Importing a test runs it twice; share a tool in a file of its own.',
      severity: 'error',
      from: {},
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'adapter-tests-are-strangers',
      comment: 'What the tests of two adapters need lies in test/shared.',
      severity: 'error',
      from: { path: '^packages/(llama-cpp|onnx|http)/test/' },
      to: { path: '^packages/(?!$1/)(llama-cpp|onnx|http)/(test|src/(?!index\\.ts))' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@nano/source', 'import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
