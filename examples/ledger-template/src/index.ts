export { createTemplateLedger } from './create-template-ledger.ts'
export { createNode, type Node } from './node.ts'
export type { TemplateLedgerSettings } from './settings.ts'
