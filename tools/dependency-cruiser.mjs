// Who may import whom. Read top to bottom: nobody imports upward. `pnpm boundaries` runs it; boundaries.test.ts proves that it can see.
const spec = '^packages/(?:ledger-adapters|data)/spec/src/'
const test = '[.](?:test|test-d)[.]tsx?$|/(?:testing|__fixtures__)/'
const contracts = '^packages/api/src/contracts/'
const own = (folder) => `^packages/${folder}/src/`

/** Level: where it lives, what else of ours it may import. A folder without a row here is an error. */
const levels = {
  app: { at: '^(?:apps/[^/]+|bench)/(?:src|web)/', mayUse: ['^apps/', '^bench/', '^packages/(?!.*/conformance/)'] },
  ui: { at: own('ui'), mayUse: [own('ui'), own('client'), own('proof'), contracts] },
  client: { at: own('client'), mayUse: [own('client'), own('proof'), contracts] },
  contracts: { at: contracts, mayUse: [contracts] },
  api: { at: '^packages/api/src/(?!contracts/)', mayUse: [own('api'), own('logic'), own('identity'), own('proof')] },
  logic: { at: own('logic'), mayUse: [own('logic'), own('identity'), own('proof'), spec] },
  identity: { at: own('identity'), mayUse: [own('identity'), own('proof')] },
  proof: { at: own('proof'), mayUse: [own('proof')] },
  hydrachain: { at: own('ledger-adapters/hydrachain'), mayUse: [own('ledger-adapters/hydrachain'), own('ledger-adapters/ethereum'), own('ledger-adapters/kit'), own('ledger-adapters/spec')] },
  evidence: { at: own('evidence'), mayUse: [own('evidence'), own('proof')] },
  adapter: { at: '^packages/(ledger-adapters|data)/((?!spec/|kit/|conformance/|hydrachain/)[^/]+)/src/', mayUse: ['^packages/$1/(?:spec|kit)/src/', '^packages/$1/$2/src/'] },
  conformance: { at: '^packages/(ledger-adapters|data)/conformance/src/', mayUse: ['^packages/$1/(?:spec|conformance)/src/'] },
  kit: { at: '^packages/(ledger-adapters|data)/kit/src/', mayUse: ['^packages/$1/(?:spec|kit)/src/'] },
  spec: { at: '^packages/(ledger-adapters|data)/spec/src/', mayUse: ['^packages/$1/spec/src/'] },
}
const ours = '^(?:packages|apps|bench)/'
const inBrowser = ['proof', 'client', 'ui'].map(own)

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(levels).map(([level, { at, mayUse }]) => ({
      name: `${level}-reaches-too-far`, severity: 'error',
      from: { path: at, pathNot: test }, to: { path: ours, pathNot: mayUse },
    })),
    { name: 'unknown-level', severity: 'error', comment: 'New folder: give it a row in levels.',
      from: { path: '^packages/.*/src/', pathNot: Object.values(levels).map(({ at }) => at) }, to: {} },
    { name: 'spec-imports-nothing', severity: 'error', from: { path: spec, pathNot: test }, to: { pathNot: [spec] } },
    { name: 'contracts-import-only-zod', severity: 'error', from: { path: contracts, pathNot: test }, to: { pathNot: [contracts, 'node_modules/zod/', '^zod$'] } },
    { name: 'no-node-module-in-the-browser', severity: 'error', from: { path: inBrowser, pathNot: test }, to: { dependencyTypes: ['core'] } },
    { name: 'conformance-in-tests-only', severity: 'error', from: { path: '^(?:packages|apps|bench)/', pathNot: [test, '/conformance/src/'] }, to: { path: '/conformance/src/' } },
    { name: 'front-door-only', severity: 'error', comment: 'Cross a package by its name, never by a relative path.',
      from: { path: '^((?:packages/(?:ledger-adapters/|data/)?|apps/)[^/]+|bench)/' }, to: { path: ours, pathNot: '^$1/', dependencyTypes: ['local'] } },
    { name: 'declared-dependencies-only', severity: 'error', from: { path: ours }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
    { name: 'no-circular', severity: 'error', from: { path: ours }, to: { circular: true } },
    { name: 'must-resolve', severity: 'error', comment: 'FHIR types have no module to resolve to.',
      from: { path: ours }, to: { couldNotResolve: true, pathNot: '^@medplum/fhirtypes$' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)(?:dist|generated)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@careledger/source', 'types', 'import', 'default'] },
  },
}
