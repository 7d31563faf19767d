/** Salts and forms that name the same active ingredient. */
const salts = /\b(hydrochloride|hcl|sodium|potassium|calcium|maleate|besylate|tartrate|succinate|sulfate|sulphate|phosphate|acetate|fumarate|citrate|mesylate|bitartrate)\b/g
/** Words of a form or of a way to release, where a strength does not end the name before them. */
const forms = /\b(oral|tablets?|capsules?|injection|injectable|solution|suspension|cream|ointment|patch|inhaler|inhalant|spray|drops?|pack|extended.release|delayed.release|24.?hr|12.?hr|day)\b/g
const strengthPattern = /\d+(?:[.,]\d+)?\s*(?:mg|mcg|µg|ug|g|ml|mL|iu|unt|units?|meq|%)(?:\s*\/\s*\d*(?:[.,]\d+)?\s*(?:ml|mL|actuat|hr|h|g))?/gi

/**
 * The active ingredients as a medicine's name says them, for comparing: "Metformin 500 mg extended-release oral tablet" and "24 HR
 * metformin hydrochloride 750 MG" both give `metformin`. Never empty: a name that says nothing else is itself.
 */
export function ingredientOf(name: string): string {
  const parts = name.normalize('NFKC').toLowerCase().replace(/\b\d+\s*(?:hrs?|hours?|days?)\b|\babuse-deterrent\b/g, ' ').split('/').map((part) => {
    const [before = ''] = part.split(/\d/, 1)
    const words = (before.trim() === '' ? part : before).replace(salts, ' ').replace(forms, ' ').replaceAll(/[^\p{L}\s-]/gu, ' ').replaceAll(/\s+/g, ' ').trim()
    return words
  })
  const ingredients = [...new Set(parts.filter((part) => part.length > 2))].sort()
  return ingredients.length === 0 ? name.toLowerCase().trim() : ingredients.join(' + ')
}

/** Strengths in a medicine's name, normalised and in order: `500 mg`. Empty where it says none. */
export function strengthsOf(name: string): readonly string[] {
  return [...name.normalize('NFKC').matchAll(strengthPattern)].map(([text]) => text.toLowerCase().replaceAll(/\s+/g, ' ').replace(',', '.').replace(/([\d.])\s*([a-zµ%])/u, '$1 $2').replace(/\bmcg\b|\bug\b/, 'µg').trim())
}
