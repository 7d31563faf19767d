import type { Guard, ReadView } from '@careledger/data-spec'
import type { Filter } from '../../fhir/search/parse-search.ts'
import { readGroup } from '../mpi/merge-group.ts'

/** Patients who were said to be one person, while they are read one after another: what one of them answers goes for the others. */
export class Person {
  /** By which the patients read so far are referred to. */
  readonly ids = new Set<string>()
  /** Filters on a Patient that one of them has met. */
  readonly met = new Set<Filter>()
  readonly guards: readonly Guard[]
  constructor(guards: readonly Guard[]) {
    this.guards = guards
  }
}

/** A patient whom a search looks at. */
export interface PersonPlace {
  readonly patient: string
  /** The patient named in the search; must be permitted before another of the same person is looked at. */
  readonly asked: string
  /** `undefined`: nothing is merged. */
  readonly person?: Person | undefined
  /** A former page has given this patient already. */
  readonly passed: boolean
}

/**
 * The patients named in a search, each followed by those who were said to be the same person, ascending. Nothing is given out by this: each is
 * still decided.
 *
 * @param from the patient that the page begins with
 */
export async function peopleOf(view: ReadView, named: readonly string[], from: string | undefined): Promise<readonly PersonPlace[]> {
  const seen = new Set<string>()
  const places: Omit<PersonPlace, 'passed'>[] = []
  for (const asked of named) {
    if (seen.has(asked)) continue
    const { members, guards } = await readGroup(view, asked)
    const person = members.length === 1 ? undefined : new Person(guards)
    for (const patient of [asked, ...members.filter((member) => member !== asked).sort()]) {
      if (!seen.has(patient)) places.push({ patient, asked, person })
      seen.add(patient)
    }
  }
  const start = from === undefined ? 0 : places.findIndex(({ patient }) => patient === from)
  return places.map((place, at) => ({ ...place, passed: start === -1 || at < start }))
}
