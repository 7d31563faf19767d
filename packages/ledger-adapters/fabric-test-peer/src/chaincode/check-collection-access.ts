import type { TransactionContext } from './transaction-context.ts'

/** Whether the organisation of whoever sent the transaction may do this (core/chaincode/handler.go, `errorIfCreatorHasNo…`). */
export function checkCollectionAccess(context: TransactionContext, name: string, kind: 'read' | 'write'): void {
  const chaincode = context.settings.chaincode.name
  const collection = context.settings.collections.get(name)
  if (collection === undefined) throw new Error(`collection ${context.channelId}/${chaincode}/${name} could not be found`)
  const membersOnly = kind === 'read' ? collection.memberOnlyRead : collection.memberOnlyWrite
  if (membersOnly && !collection.members.includes(context.creatorMspId)) {
    throw new Error(
      `tx creator does not have ${kind} access permission on privatedata in chaincodeName:${chaincode} collectionName: ${name}`,
    )
  }
}
