import { asList, asObject, asText } from '../../fhir/read-values.ts'
import { kindOfLabel, type Sensitivity } from './kinds.ts'
import { sensitivityRules, type SensitivityRule } from './rules.ts'

/**
 * The kinds of a record that a consent has to name for it to be read, ascending; empty: none. Both what its author says (`meta.security`) and
 * what its codes say, wherever in the resource a coding stands, contained resources included. A label lowers nothing.
 */
export function sensitivitiesOf(resource: unknown): readonly Sensitivity[] {
  const kinds = new Set<Sensitivity>()
  const security = asObject(asObject(resource)?.['meta'])?.['security']
  for (const label of asList(security).map(asObject)) {
    const kind = kindOfLabel(asText(label?.['system']), asText(label?.['code']))
    if (kind !== undefined) kinds.add(kind)
  }
  addCodings(resource, kinds)
  return [...kinds].sort()
}

/** Every object with `system` and `code`; `meta` holds labels and tags, which are not what the record is about. */
function addCodings(value: unknown, kinds: Set<Sensitivity>): void {
  if (Array.isArray(value)) {
    for (const item of value) addCodings(item, kinds)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const { system, code } = value as { readonly system?: unknown; readonly code?: unknown }
  if (typeof system === 'string' && typeof code === 'string') addKinds(system, code, kinds)
  for (const [name, member] of Object.entries(value)) if (name !== 'meta' && typeof member === 'object') addCodings(member, kinds)
}

function addKinds(system: string, code: string, kinds: Set<Sensitivity>): void {
  const rules = bySystem.get(system)
  if (rules === undefined) return
  for (const kind of rules.codes.get(code) ?? []) kinds.add(kind)
  const category = code.slice(0, 3).toUpperCase()
  for (const { kind, ranges, prefixes } of rules.others) {
    if (ranges?.some(([first, last]) => category >= first && category <= last) === true || prefixes?.some((prefix) => code.toUpperCase().startsWith(prefix)) === true) kinds.add(kind)
  }
}

interface SystemRules {
  readonly codes: Map<string, Sensitivity[]>
  readonly others: SensitivityRule[]
}

const bySystem: ReadonlyMap<string, SystemRules> = (() => {
  const systems = new Map<string, SystemRules>()
  for (const rule of sensitivityRules) {
    for (const system of rule.systems) {
      const rules: SystemRules = systems.get(system) ?? { codes: new Map(), others: [] }
      systems.set(system, rules)
      for (const code of rule.codes ?? []) rules.codes.set(code, [...(rules.codes.get(code) ?? []), rule.kind])
      if (rule.ranges !== undefined || rule.prefixes !== undefined) rules.others.push(rule)
    }
  }
  return systems
})()
