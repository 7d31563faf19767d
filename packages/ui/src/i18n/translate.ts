import { createInstance } from 'i18next'
import type { Language } from './bilingual.ts'
import { withParticles } from './particles.ts'
import { sections } from './words/index.ts'

type Sections = typeof sections
type Plain<Key extends string> = Key extends `${infer Base}_${'one' | 'other'}` ? Base : Key

/** `section.key`; counted words without their plural suffix. */
export type WordKey = { [Section in keyof Sections & string]: `${Section}.${Plain<keyof Sections[Section]['en'] & string>}` }[keyof Sections & string]

export type Values = Readonly<Record<string, string | number>>

/** Gives the words behind a key, with values inserted and Korean particles chosen. `count` selects the plural. */
export type Translate = (key: WordKey, values?: Values) => string

const resources = {
  en: { translation: Object.fromEntries(Object.entries(sections).map(([name, words]) => [name, words.en])) },
  ko: { translation: Object.fromEntries(Object.entries(sections).map(([name, words]) => [name, words.ko])) },
}

/** A translator of one language; synchronous and without network. */
export function createTranslate(language: Language): Translate {
  const instance = createInstance({ lng: language, fallbackLng: false, resources, initAsync: false, interpolation: { escapeValue: false }, returnNull: false, showSupportNotice: false } as Parameters<typeof createInstance>[0])
  void instance.init()
  const numbers = new Intl.NumberFormat(language === 'ko' ? 'ko-KR' : 'en-GB')
  return (key, values = {}) => {
    const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name === 'count' ? 'count' : name, typeof value === 'number' && name !== 'count' ? numbers.format(value) : value]))
    const count = values.count
    const text = instance.t(key as never, { ...shown, ...(typeof count === 'number' && { n: numbers.format(count) }) } as never) as unknown as string
    return language === 'ko' ? withParticles(text) : text
  }
}
