/** What a scope lets its holder do, by the letters of SMART App Launch 2: create, read, update, delete, search. */
export type ScopeAction = 'c' | 'r' | 'u' | 'd' | 's'

/**
 * One SMART scope, version 2 (`user/Observation.rs`). `patient`: where the caller is the patient; `user`: whatever this person may do;
 * `system`: whatever this system may do. A scope never adds a right: it narrows what the caller has.
 */
export interface SmartScope {
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  /** In the order `cruds`. */
  readonly actions: string
}

/** Most scopes in one token, so that it stays small. */
export const SCOPES_MAX = 50

const pattern = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?|read|write|\*)$/
/** Letters of version 1, which clients still ask for. */
const former: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

/**
 * The scopes of a space-separated text, without repeats. `undefined`: one of them is not known here; scopes with a search behind them
 * (`?category=…`) are not, because half of a narrowing would be a widening. An empty text has no scopes and permits nothing.
 */
export function parseScopes(text: string): readonly SmartScope[] | undefined {
  const words = [...new Set(text.split(' ').filter((word) => word !== ''))]
  if (words.length > SCOPES_MAX) return undefined
  const scopes: SmartScope[] = []
  for (const word of words) {
    const [, context, type, letters] = pattern.exec(word) ?? []
    if (context === undefined || type === undefined || letters === undefined || letters === '') return undefined
    scopes.push({ context: context as SmartScope['context'], type, actions: former[letters] ?? letters })
  }
  return scopes
}

export function scopeText(scopes: readonly SmartScope[]): string {
  return scopes.map(({ context, type, actions }) => `${context}/${type}.${actions}`).join(' ')
}

/** Whether a party of this kind can hold these scopes: `system` is for systems, `patient` and `user` for people. */
export function scopesFit(scopes: readonly SmartScope[], kind: string): boolean {
  return scopes.every(({ context }) => (context === 'system') === (kind === 'system'))
}

/**
 * Whether scopes reach an action on a resource type; `undefined` scopes narrow nothing.
 *
 * @param self whether the caller is the patient that the resource is about
 */
export function scopesReach(scopes: readonly SmartScope[] | undefined, asked: { readonly type: string; readonly action: ScopeAction; readonly self: boolean }): boolean {
  if (scopes === undefined) return true
  return scopes.some(({ context, type, actions }) => (context !== 'patient' || asked.self) && (type === '*' || type === asked.type) && actions.includes(asked.action))
}
