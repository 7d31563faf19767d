import { createCareLedgerClient } from '@careledger/client'
import type { CareLedgerClient } from '@careledger/client'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import { describe, expectTypeOf, it } from 'vitest'
import { contracts } from './contracts/index.ts'
import { implement } from './operation.ts'
import type { OperationsOf } from './operation.ts'
import type { AppRouter } from './trpc-router.ts'

type Inputs = inferRouterInputs<AppRouter>
type Outputs = inferRouterOutputs<AppRouter>

/** Never called: the compiler is the test. */
const trpcClient = () => createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: 'http://localhost' })] })
const ownClient = () => createCareLedgerClient({ url: 'http://localhost' })

describe('types that come from the contracts', () => {
  it('reach the tRPC router: defaults are optional in inputs and there in outputs', () => {
    expectTypeOf<Inputs['hospital']['records']['list']>().toExtend<{ readonly patient: string; readonly limit?: number | undefined }>()
    expectTypeOf<Inputs['hospital']['records']['list']['limit']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Outputs['hospital']['records']['list']['items'][number]['state']>().toEqualTypeOf<'stored' | 'sequenced' | 'anchored' | 'blocked'>()
    expectTypeOf<Outputs['session']['me']['party']>().toEqualTypeOf<string>()
    expectTypeOf<Outputs['session']['me']>().not.toBeAny()
  })

  it('are the same in our client as in tRPC\'s', () => {
    type Ours = Awaited<ReturnType<CareLedgerClient['hospital']['records']['read']['query']>>
    type Theirs = Outputs['hospital']['records']['read']
    const _same = (theirs: Theirs): Ours => theirs
    expectTypeOf(_same).toBeFunction()
    expectTypeOf<Parameters<CareLedgerClient['hospital']['consents']['give']['mutate']>[0]>().toEqualTypeOf<Inputs['hospital']['consents']['give']>()
    expectTypeOf<Parameters<CareLedgerClient['hospital']['patients']['find']['query']>[0]>().toEqualTypeOf<Inputs['hospital']['patients']['find']>()
  })

  it('refuse wrong inputs, and calling a query as a command or a command as a query', () => {
    const _never = async () => {
      const [own, trpc] = [ownClient(), trpcClient()]
      // @ts-expect-error a patient is text
      await own.hospital.records.list.query({ patient: 1 })
      // @ts-expect-error the patient is missing
      await own.hospital.records.list.query({})
      // @ts-expect-error there is no such purpose
      await own.hospital.records.list.query({ patient: 'p', purpose: 'curiosity' })
      // @ts-expect-error there is no such member
      await own.session.challenge.mutate({ key: 'k', more: true })
      // @ts-expect-error a query is not a command
      await own.hospital.records.list.mutate({ patient: 'p' })
      // @ts-expect-error a command is not a query
      await own.session.end.query({})
      // @ts-expect-error there is no such operation
      await own.hospital.records.erase.mutate({})
      // @ts-expect-error a query is not a mutation
      await trpc.hospital.records.list.mutate({ patient: 'p' })
      // @ts-expect-error a mutation is not a query
      await trpc.session.end.query({})
      // @ts-expect-error a patient is text
      await trpc.hospital.records.list.query({ patient: 1 })
    }
    expectTypeOf(_never).toBeFunction()
  })

  it('hold bodies to their contract, and a tree of operations to its contracts', () => {
    implement(contracts.platform.checkpoint, async () => ({ size: 1, note: '' }))
    // @ts-expect-error the note is missing
    implement(contracts.platform.checkpoint, async () => ({ size: 1 }))
    // @ts-expect-error the size is a number
    implement(contracts.platform.checkpoint, async () => ({ size: '1', note: '' }))
    implement(contracts.platform.consistency, async (_context, input) => {
      expectTypeOf(input).toEqualTypeOf<{ from: number; to: number }>()
      return { path: [] }
    })
    // @ts-expect-error operations are missing
    const _tree: OperationsOf<typeof contracts.session> = { me: implement(contracts.session.me, () => Promise.reject(new Error('Never.'))) }
    expectTypeOf(_tree).toBeObject()
  })
})
