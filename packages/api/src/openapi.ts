import { z } from 'zod'
import type { Contract } from './contracts/contract.ts'
import { PROBLEM_CODES } from './contracts/problem.ts'

const VERSION = '0.1.0'

/**
 * The OpenAPI 3.1 document of a set of contracts (JSON Schema 2020-12, by Zod). Every operation is described as it is called over HTTP:
 * `POST /trpc/<name>` with the input as the body and the output under `result.data`.
 */
export function openapiDocument(contracts: readonly Contract[], origin: string): Readonly<Record<string, unknown>> {
  return {
    openapi: '3.1.0',
    info: { title: 'CareLedger', version: VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: origin }],
    paths: Object.fromEntries(contracts.map((contract) => [`/trpc/${contract.name}`, { post: describe(contract) }])),
    components: {
      securitySchemes: {
        dpop: { type: 'http', scheme: 'DPoP', description: 'RFC 9449: `Authorization: DPoP <token>` and a fresh proof in the `DPoP` header. Tokens come from session.start, or from POST /oauth/token for systems.' },
      },
      schemas: { Refusal: refusal },
    },
  }
}

function describe(contract: Contract): unknown {
  const schema = { type: 'object', required: ['result'], properties: { result: { type: 'object', required: ['data'], properties: { data: schemaOf(contract.output, 'output') } } } }
  return {
    operationId: contract.name,
    summary: contract.summary,
    tags: [contract.name.split('.', 1)[0]],
    'x-careledger': { kind: contract.kind, rule: contract.rule, cost: contract.cost, audit: contract.audit, ...(contract.large === true ? { large: true } : {}) },
    security: contract.rule === 'public' ? [] : [{ dpop: [] }],
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(contract.input, 'input') } } },
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema } } },
      default: { description: 'Refused.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } } },
    },
  }
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, { io, target: 'draft-2020-12' })
  return schema
}

const problem = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { enum: [...PROBLEM_CODES] }, message: { type: 'string' }, requestId: { type: 'string' },
    details: { type: 'object', description: 'Places, limits and times; never content.' },
  },
}

const refusal = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object', required: ['message', 'code', 'data'],
      properties: {
        message: { type: 'string' }, code: { type: 'integer', description: 'JSON-RPC 2.0 number of tRPC.' },
        data: { type: 'object', required: ['code', 'httpStatus', 'problem'], properties: { code: { type: 'string' }, httpStatus: { type: 'integer' }, path: { type: 'string' }, problem } },
      },
    },
  },
}
