import { contracts, isContract, Problem, type Contract, type ContractTree } from '@careledger/api/contracts'
import type { CareLedgerClient, SignedInActor } from '@careledger/client'
import type { Signer } from '@careledger/proof'

export type Answers = Readonly<Record<string, (input: never, actor: SignedInActor | undefined) => unknown>>

/**
 * A client for looking at screens without a server: answers by operation name, checked against the contracts both ways. What has no
 * answer is UNAVAILABLE.
 */
export function createTestClient(answers: Answers, actors: readonly SignedInActor[]): CareLedgerClient {
  let actor: SignedInActor | undefined
  let signer: Signer | undefined
  const call = (contract: Contract) => async (input: unknown) => {
    const answer = answers[contract.name]
    if (!answer) throw new Problem('UNAVAILABLE', 'No answer was given for this test.')
    await new Promise((resolve) => setTimeout(resolve, 30))
    return contract.output.parse(answer(contract.input.parse(input) as never, actor))
  }
  return Object.assign(toCalls(contracts, call), {
    async signIn(by: Signer) {
      signer = by
      actor = actors.find(({ key }) => key === by.key)
      if (!actor) throw new Problem('KEY_UNKNOWN', 'No such key.')
      return actor
    },
    async signOut() { actor = undefined; signer = undefined },
    get actor() { return actor },
    get signer() { return signer },
    now: () => new Date(),
  }) as unknown as CareLedgerClient
}

function toCalls(tree: ContractTree, call: (contract: Contract) => (input: unknown) => Promise<unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tree).map(([name, node]) => [name, isContract(node) ? { query: call(node), mutate: call(node) } : toCalls(node, call)]))
}
