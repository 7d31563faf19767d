import { initTRPC, TRPCError } from '@trpc/server'
import type { TRPCMutationProcedure, TRPCQueryProcedure, TRPCRouterRecord } from '@trpc/server'
import type { z } from 'zod'
import type { Contract, ContractTree } from './contracts/contract.ts'
import type { Contracts } from './contracts/index.ts'
import type { Invoke } from './invoke.ts'
import { isOperation } from './operation.ts'
import type { AnyOperation, Context, OperationsOf, OperationTree } from './operation.ts'
import { PROBLEM_TRANSPORT } from './problem-codes.ts'
import { toErrorShape } from './trpc-shape.ts'
import { toProblem } from './to-problem.ts'

type ProcedureOf<C> =
  C extends Contract<'query', infer I, infer O> ? TRPCQueryProcedure<{ input: z.input<I>; output: z.output<O>; meta: object }>
  : C extends Contract<'command', infer I, infer O> ? TRPCMutationProcedure<{ input: z.input<I>; output: z.output<O>; meta: object }>
  : never

/** The tRPC procedures of a tree of contracts; all types come from the contracts. */
type ProceduresOf<T extends ContractTree> = {
  [K in keyof T]: T[K] extends Contract ? ProcedureOf<T[K]> : T[K] extends ContractTree ? ProceduresOf<T[K]> : never
}

const trpc = initTRPC.context<Context>().create({ errorFormatter: ({ error, path }) => toErrorShape(toProblem(error.cause ?? error), path) })

/** The platform's router as a type, for `@trpc/client` and its companions: `createTRPCClient<AppRouter>`. */
export type AppRouter = ReturnType<typeof createRouter>

/**
 * A tRPC router whose every procedure goes through `invoke`, for callers in this process and for other adapters of tRPC. The server of this
 * package speaks the same wire format without it.
 */
export function createRouter(operations: OperationsOf<Contracts>, invoke: Invoke) {
  return createRouterOf<Contracts>(operations, invoke)
}

/** The same for any tree of contracts. */
export function createRouterOf<T extends ContractTree>(operations: OperationsOf<T>, invoke: Invoke) {
  return trpc.router(toProcedures(operations as OperationTree, invoke) as ProceduresOf<T> & TRPCRouterRecord)
}

function toProcedures(tree: OperationTree, invoke: Invoke): TRPCRouterRecord {
  const entries = Object.entries(tree).map(([name, value]) => [name, isOperation(value) ? toProcedure(value, invoke) : toProcedures(value, invoke)])
  return Object.fromEntries(entries) as TRPCRouterRecord
}

function toProcedure(operation: AnyOperation, invoke: Invoke) {
  const { input, output, kind } = operation.contract
  const resolve = async ({ ctx, input: given }: { ctx: Context; input: unknown }): Promise<never> => {
    try {
      return (await invoke(operation, ctx, given)) as never
    } catch (thrown) {
      const problem = toProblem(thrown)
      throw new TRPCError({ code: PROBLEM_TRANSPORT[problem.code].trpc, message: problem.message, cause: problem })
    }
  }
  const procedure = trpc.procedure.input(input).output(output)
  return kind === 'query' ? procedure.query(resolve as never) : procedure.mutation(resolve as never)
}
