import type { Contract } from './contracts/contract.ts'
import { RULES } from './rules.ts'

/** The roles whose columns the matrix has; `anonymous` is nobody. */
export const MATRIX_ROLES = ['anonymous', 'patient', 'doctor', 'records-clerk', 'privacy-officer', 'system', 'organisation', 'operator', 'platform'] as const
export type MatrixRole = (typeof MATRIX_ROLES)[number]

/** What a role meets before any object is looked at: `yes`; `object`: signed in, and the object decides; `no`. */
type MatrixCell = 'yes' | 'object' | 'no'

export interface MatrixRow {
  readonly operation: string
  readonly rule: Contract['rule']
  readonly audit: Contract['audit']
  readonly cells: Readonly<Record<MatrixRole, MatrixCell>>
}

/** Who may call what, made from the contracts and the rules that `invoke` applies: the table cannot say other than the server does. */
export function permissionMatrix(contracts: readonly Contract[]): readonly MatrixRow[] {
  return contracts.map((contract) => ({
    operation: contract.name,
    rule: contract.rule,
    audit: contract.audit,
    cells: Object.fromEntries(MATRIX_ROLES.map((role) => [role, cellOf(contract, role)])) as Record<MatrixRole, MatrixCell>,
  }))
}

const INTRODUCTION = `# Who may call what

Made from the contracts and the rules that the server applies (\`packages/api/src/permission-matrix.ts\`); a test compares it and tries every cell
over HTTP. \`object\`: signed in, and the decision point decides on the object that the call names. A revoked key may call what is public and
nothing else. \`audit\` says what is recorded: every access, every change, or nothing because nothing personal is in it.
`

/** The matrix as a Markdown page, for the documentation. */
export function permissionTable(rows: readonly MatrixRow[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = [line(['operation', 'rule', 'audit', ...MATRIX_ROLES]), line(['---', '---', '---', ...MATRIX_ROLES.map(() => '---')])]
  return [INTRODUCTION, ...head, ...rows.map((row) => line([row.operation, row.rule, row.audit, ...MATRIX_ROLES.map((role) => row.cells[role])])), ''].join('\n')
}

const CREDENTIAL_ROLES: Readonly<Record<Exclude<MatrixRole, 'anonymous'>, { readonly roles: readonly string[]; readonly organisation?: string }>> = {
  patient: { roles: ['patient'], organisation: 'an-organisation' },
  doctor: { roles: ['doctor'], organisation: 'an-organisation' },
  'records-clerk': { roles: ['records-clerk'], organisation: 'an-organisation' },
  'privacy-officer': { roles: ['privacy-officer'], organisation: 'an-organisation' },
  system: { roles: ['system'], organisation: 'an-organisation' },
  organisation: { roles: ['admin'] },
  operator: { roles: ['operator'] },
  platform: { roles: ['platform'] },
}

function cellOf({ rule }: Contract, role: MatrixRole): MatrixCell {
  if (rule === 'public') return 'yes'
  if (role === 'anonymous') return 'no'
  const allowed = RULES[rule]({ party: 'somebody', kind: 'person', displayName: '', key: '', credential: '', ...CREDENTIAL_ROLES[role] })
  return !allowed ? 'no' : rule === 'permit' ? 'object' : 'yes'
}
