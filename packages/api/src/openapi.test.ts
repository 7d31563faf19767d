import { describe, expect, it } from 'vitest'
import { openapiDocument } from './openapi.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

const contracts = [...operationsByName(createOperations()).values()].map((operation) => operation.contract)
const document = openapiDocument(contracts, 'https://care.example') as { readonly paths: Readonly<Record<string, { readonly post: Readonly<Record<string, unknown>> }>> }

describe('the OpenAPI document', () => {
  it('describes every operation once, with its rule, input, output and refusals', () => {
    expect(Object.keys(document.paths).sort()).toEqual(contracts.map(({ name }) => `/trpc/${name}`).sort())
    for (const { post } of Object.values(document.paths)) expect(post).toMatchObject({ operationId: expect.any(String), summary: expect.stringMatching(/\.$/), requestBody: { required: true }, responses: { 200: {}, default: {} } })
  })

  it('asks for a token wherever an operation is not public', () => {
    for (const contract of contracts) expect(document.paths[`/trpc/${contract.name}`]?.post['security']).toEqual(contract.rule === 'public' ? [] : [{ dpop: [] }])
  })

  it('shows inputs before defaults are filled in and outputs after', () => {
    const list = JSON.stringify(document.paths['/trpc/hospital.records.list']?.post)
    expect(list).toContain('"required":["patient"]')
    expect(list).toContain('"required":["items","decision"]')
  })
})
