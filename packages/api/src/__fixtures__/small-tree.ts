import { z } from 'zod'
import { command, query } from '../contracts/contract.ts'
import type { Contract } from '../contracts/contract.ts'
import { Problem } from '../contracts/problem.ts'
import { implement, signedIn } from '../operation.ts'
import type { OperationsOf } from '../operation.ts'

const text = z.strictObject({ text: z.string().max(100_000) })
const common = { input: text, output: text, cost: 1, audit: 'none' } as const

/** A small tree with one operation of each kind that the transport tells apart. */
export const smallContracts = {
  echo: {
    query: query({ ...common, name: 'echo.query', summary: 'Says it back.', rule: 'public' }),
    command: command({ ...common, name: 'echo.command', summary: 'Says it back.', rule: 'public', audit: 'change' }),
    large: command({ ...common, name: 'echo.large', summary: 'Counts what came.', rule: 'public', large: true, input: z.strictObject({ text: z.string() }), output: z.strictObject({ length: z.int() }) }),
    dear: query({ ...common, name: 'echo.dear', summary: 'Costs much.', rule: 'public', cost: 500 }),
    wrong: query({ ...common, name: 'echo.wrong', summary: 'Breaks its own contract.', rule: 'public' }),
    fails: query({ ...common, name: 'echo.fails', summary: 'Throws what is not ours.', rule: 'public' }),
    waits: query({ ...common, name: 'echo.waits', summary: 'Answers when it is told to stop.', rule: 'public' }),
  },
  inside: {
    me: query({ ...common, name: 'inside.me', summary: 'Who calls.', rule: 'signed-in', input: z.strictObject({}), output: z.strictObject({ party: z.string() }) }),
    operator: query({ ...common, name: 'inside.operator', summary: 'For operators.', rule: 'operator' }),
    large: command({ ...common, name: 'inside.large', summary: 'Large, for staff.', rule: 'staff', large: true, input: z.strictObject({ text: z.string() }) }),
  },
} as const satisfies { readonly [name: string]: { readonly [name: string]: Contract } }

export const smallOperations: OperationsOf<typeof smallContracts> = {
  echo: {
    query: implement(smallContracts.echo.query, async (_context, input) => input),
    command: implement(smallContracts.echo.command, async (_context, input) => input),
    large: implement(smallContracts.echo.large, async (_context, input) => ({ length: input.text.length })),
    dear: implement(smallContracts.echo.dear, async (_context, input) => input),
    wrong: implement(smallContracts.echo.wrong, async () => ({ text: 'x', secret: 'canary-4711' }) as { text: string }),
    fails: implement(smallContracts.echo.fails, async () => {
      throw new Error('canary-4712 in a message from outside')
    }),
    waits: implement(smallContracts.echo.waits, (context) =>
      new Promise((_resolve, reject) => context.signal.addEventListener('abort', () => reject(new Problem('UNAVAILABLE', 'Stopped.')), { once: true }))),
  },
  inside: {
    me: implement(smallContracts.inside.me, async (context) => ({ party: signedIn(context).party })),
    operator: implement(smallContracts.inside.operator, async (_context, input) => input),
    large: implement(smallContracts.inside.large, async (_context, input) => ({ text: String(input.text.length) })),
  },
}
