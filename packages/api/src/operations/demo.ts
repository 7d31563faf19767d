import type { z } from 'zod'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { implement } from '../operation.ts'
import type { OperationsOf } from '../operation.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'

/** A person who does not exist, with the key made for them at first start. */
export type DemoPerson = z.output<typeof contracts.demo.people.output>['items'][number]

/** The operations of demo mode. Without people the instance is not in demo mode, and they answer NOT_ALLOWED. */
export function demoOperations(people: (() => Promise<readonly DemoPerson[]>) | undefined): OperationsOf<typeof contracts.demo> {
  return {
    people: implement(contracts.demo.people, async () => {
      if (people === undefined) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
      return { items: [...(await people())] }
    }),
  }
}
