import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'
import { openapiDocument } from './openapi.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

/** What a stranger writes: a call by the generated types, whatever sends it. */
const CLIENT = `import type { paths } from './generated.ts'
type Input<P extends keyof paths> = paths[P]['post']['requestBody']['content']['application/json']
type Output<P extends keyof paths> = paths[P]['post']['responses'][200]['content']['application/json']['result']['data']
declare function call<P extends keyof paths>(path: P, input: Input<P>): Promise<Output<P>>
`

let generated: string
beforeAll(async () => {
  const contracts = [...operationsByName(createOperations()).values()].map((operation) => operation.contract)
  const document = JSON.parse(JSON.stringify(openapiDocument(contracts, 'https://care.example'))) as Parameters<typeof openapiTS>[0]
  generated = astToString(await openapiTS(document))
})

/** The compiler's complaints about a program of the generated types and these lines, each by the line it stands at. */
function complaints(lines: readonly string[]): readonly string[] {
  const files = new Map([['/generated.ts', generated], ['/client.ts', CLIENT + lines.join('\n')]])
  const options: ts.CompilerOptions = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, allowImportingTsExtensions: true, noLib: false, lib: ['lib.es2022.d.ts'], types: [] }
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, target) => (files.has(name) ? ts.createSourceFile(name, files.get(name) ?? '', target) : read(name, target))
  host.fileExists = ((exists) => (name: string) => files.has(name) || exists(name))(host.fileExists.bind(host))
  const before = CLIENT.split('\n').length
  return ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host)).map(({ file, start }) => {
    const at = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 2 - before
    return file?.fileName === '/client.ts' ? (lines[at - 1] ?? 'the helpers') : 'the generated types'
  })
}

describe('a client generated from the OpenAPI document', () => {
  it('compiles, has every operation, and knows inputs and outputs', () => {
    expect(complaints([
      "const page = await call('/trpc/hospital.records.list', { patient: 'p' })",
      'const title: string | undefined = page.items[0]?.title',
      "const found = await call('/trpc/hospital.fhir.search', { type: 'Observation', parameters: [['patient', 'p']] })",
      'const text: string = found.entries[0]!.resource',
      "await call('/trpc/session.challenge', { key: 'k' })",
      'export { title, text }',
    ])).toEqual([])
  })

  it('refuses what the contracts refuse', () => {
    const wrong = ["await call('/trpc/hospital.records.list', { patient: 1 })", "await call('/trpc/hospital.records.list', {})", "await call('/trpc/hospital.records.erase', {})", "const n: number = (await call('/trpc/hospital.records.list', { patient: 'p' })).items"]
    expect(complaints([...wrong, 'export {}'])).toEqual(wrong)
  })
})
