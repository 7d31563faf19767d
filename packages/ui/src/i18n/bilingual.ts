/** Languages of every screen. */
export const LANGUAGES = ['en', 'ko'] as const
export type Language = (typeof LANGUAGES)[number]

/** English has `…_one` and `…_other`; Korean counts with one form. */
type KoreanKey<Key> = Key extends `${string}_one` ? never : Key

export interface Bilingual<English extends Readonly<Record<string, string>>> {
  readonly en: English
  readonly ko: Readonly<Record<KoreanKey<keyof English>, string>>
}

/** One section of words, both languages side by side; the compiler asks for every Korean key. */
export function bilingual<const English extends Readonly<Record<string, string>>>(en: English, ko: Readonly<Record<KoreanKey<keyof English>, string>>): Bilingual<English> {
  return { en, ko }
}
