/** One resource of an NDJSON file. */
export interface ResourceLine {
  /** File and line, for people. */
  readonly place: string
  readonly bytes: Uint8Array
  readonly value: Readonly<Record<string, unknown>>
}

export interface GroupedBundle {
  readonly name: string
  readonly bytes: Uint8Array
  /** By entry of the bundle. */
  readonly places: readonly string[]
}

/**
 * Makes one collection Bundle for each patient of resources that stand in lines, as a FHIR Bulk Data export gives them: the Patient, what
 * refers to it, and whatever those refer to that belongs to nobody (organisations, practitioners, places). Each resource's bytes stay as they are.
 * What belongs to no patient in the files is in no bundle.
 */
export function groupResources(lines: readonly ResourceLine[]): readonly GroupedBundle[] {
  const byName = new Map(lines.map((line) => [nameOf(line.value), line]))
  const patients = lines.filter(({ value }) => value['resourceType'] === 'Patient')
  const ofPatient = new Map<string, ResourceLine[]>(patients.map((patient) => [nameOf(patient.value), [patient]]))
  for (const line of lines) {
    const owner = line.value['resourceType'] === 'Patient' ? undefined : referencesOf(line.value).find((reference) => ofPatient.has(reference))
    if (owner !== undefined) ofPatient.get(owner)?.push(line)
  }
  return patients.map((patient) => {
    const name = nameOf(patient.value)
    const whole = withReferred(ofPatient.get(name) ?? [], byName, ofPatient)
    return { name: `${patient.place} (${name})`, bytes: bundleOf(whole), places: whole.map(({ place }) => place) }
  })
}

/** Adds what the resources refer to, and what that refers to, as far as it is no other patient's. */
function withReferred(own: readonly ResourceLine[], byName: ReadonlyMap<string, ResourceLine>, patients: ReadonlyMap<string, unknown>): readonly ResourceLine[] {
  const found = new Set(own)
  const queue = [...own]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const reference of referencesOf(next.value)) {
      const target = byName.get(reference)
      if (target === undefined || found.has(target) || patients.has(reference) || referencesOf(target.value).some((name) => patients.has(name))) continue
      found.add(target)
      queue.push(target)
    }
  }
  return [...found]
}

const nameOf = (value: Readonly<Record<string, unknown>>): string => `${String(value['resourceType'])}/${String(value['id'])}`

const known = new WeakMap<object, readonly string[]>()

/** Every relative reference in a resource, without version. */
function referencesOf(value: object): readonly string[] {
  const cached = known.get(value)
  if (cached !== undefined) return cached
  const found: string[] = []
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(walk)
    if (typeof node !== 'object' || node === null) return
    for (const [member, inner] of Object.entries(node)) {
      if (member === 'reference' && typeof inner === 'string') found.push(inner.split('/_history/')[0] ?? inner)
      else walk(inner)
    }
  }
  walk(value)
  known.set(value, found)
  return found
}

function bundleOf(lines: readonly ResourceLine[]): Uint8Array {
  const encoder = new TextEncoder()
  const pieces: Uint8Array[] = [encoder.encode('{"resourceType":"Bundle","type":"collection","entry":[')]
  lines.forEach(({ bytes }, index) => pieces.push(encoder.encode(`${index === 0 ? '' : ',\n'}{"resource":`), bytes, encoder.encode('}')))
  pieces.push(encoder.encode(']}'))
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
