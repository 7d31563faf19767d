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
  /** Attachments of the patient: Binaries that resources of theirs lead to by `url`. */
  readonly attachments: readonly AttachmentLine[]
}

/** A Binary that is to become an attachment again. */
export interface AttachmentLine {
  /** Entry id, as the resources name it. */
  readonly id: string
  readonly mediaType: string
  /** base64. */
  readonly data: string
}

/**
 * Makes one collection Bundle for each patient of resources that stand in lines, as a FHIR Bulk Data export gives them: the Patient, what
 * refers to it by `Patient/<id>` or `urn:uuid:<id>`, and whatever those refer to that belongs to nobody (organisations, practitioners, places). Each resource's bytes stay as they are.
 * A Binary that one of them leads to by `url` is an attachment and stands beside the bundle.
 * What belongs to no patient in the files is in no bundle.
 */
export function groupResources(lines: readonly ResourceLine[]): readonly GroupedBundle[] {
  const byName = new Map(lines.flatMap((line) => namesOf(line.value).map((name) => [name, line] as const)))
  const patients = lines.filter(({ value }) => value['resourceType'] === 'Patient')
  const groups = new Map(patients.map((patient) => [patient, [patient]]))
  const ofPatient = new Map<string, ResourceLine[]>(patients.flatMap((patient) => namesOf(patient.value).map((name) => [name, groups.get(patient) as ResourceLine[]] as const)))
  const led = new Set(lines.flatMap(({ value }) => attachmentsIn(value)))
  for (const line of lines) {
    const owner = line.value['resourceType'] === 'Patient' ? undefined : referencesOf(line.value).find((reference) => ofPatient.has(reference))
    if (owner !== undefined) ofPatient.get(owner)?.push(line)
  }
  return patients.map((patient) => {
    const name = nameOf(patient.value)
    const whole = withReferred(ofPatient.get(name) ?? [], byName, ofPatient)
    const attachments = whole.flatMap(({ value }) => toAttachment(value, led) ?? [])
    const records = whole.filter(({ value }) => toAttachment(value, led) === undefined)
    return { name: `${patient.place} (${name})`, bytes: bundleOf(records), places: records.map(({ place }) => place), attachments }
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

/** How references may name it. */
function namesOf(value: Readonly<Record<string, unknown>>): readonly string[] {
  const { id } = value
  return [nameOf(value), ...(typeof id === 'string' && uuid.test(id) ? [`urn:uuid:${id}`] : [])]
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Ids of attachments that a resource leads to by a `url`. */
function attachmentsIn(value: object): readonly string[] {
  return Object.entries(value).flatMap(([member, inner]: [string, unknown]) => {
    if (member === 'url' && typeof inner === 'string') return /^(?:urn:uuid:|Binary\/)([0-9a-f-]{36})$/.exec(inner)?.[1] ?? []
    return typeof inner === 'object' && inner !== null ? attachmentsIn(inner) : []
  })
}

function toAttachment({ resourceType, id, contentType, data }: Readonly<Record<string, unknown>>, led: ReadonlySet<string>): AttachmentLine | undefined {
  return resourceType === 'Binary' && typeof id === 'string' && led.has(id) && typeof contentType === 'string' && typeof data === 'string' ? { id, mediaType: contentType, data } : undefined
}

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
  lines.forEach(({ bytes, value }, index) => {
    const [, fullUrl] = namesOf(value)
    pieces.push(encoder.encode(`${index === 0 ? '' : ',\n'}{${fullUrl === undefined ? '' : `"fullUrl":"${fullUrl}",`}"resource":`), bytes, encoder.encode('}'))
  })
  pieces.push(encoder.encode(']}'))
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
