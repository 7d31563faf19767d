export { CODE_USES, type CodeList, type CodeUse } from './code-list.ts'
export { lookUpCodes } from './look-up-codes.ts'
export { parseCodeList } from './parse-code-list.ts'
