/**
 * A pure function of one object or list, computed once for each as long as somebody holds it. Of an open chart the lists are the same for every
 * reader whom nothing limits, so what is made of them is too.
 */
export function remembered<Input extends object, Output>(compute: (input: Input) => Output): (input: Input) => Output {
  const known = new WeakMap<Input, { readonly output: Output }>()
  return (input) => {
    let found = known.get(input)
    if (found === undefined) known.set(input, (found = { output: compute(input) }))
    return found.output
  }
}
