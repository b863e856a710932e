import { characterClass, either, type GrammarBuilder, literal } from '../grammar/grammar-builder.ts'

const nameCharacters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-']

/**
 * The name of a parameter without quotes that is none of `names`, so that no name occurs twice: a
 * tree of their characters, with a way out at every character.
 */
export function otherParameter(grammar: GrammarBuilder, names: readonly string[]): string {
  const anyRest = `${characterClass(nameCharacters)}*`

  function branch(suffixes: readonly string[], isStart: boolean): string {
    const next = [...new Set(suffixes.flatMap((suffix) => [...suffix].slice(0, 1)))]
    const otherCharacters = nameCharacters.filter((character) => !next.includes(character))
    const differing =
      otherCharacters.length > 0 ? [`${characterClass(otherCharacters)} ${anyRest}`] : []
    const matching = next.map((character) => {
      const longer = suffixes.filter((suffix) => suffix.startsWith(character))
      const longerBranch = branch(
        longer.map((suffix) => suffix.slice(character.length)),
        false,
      )
      return `${literal(character)} ${longerBranch}`
    })
    const canEnd = !isStart && !suffixes.includes('')
    return either(...differing, ...matching, ...(canEnd ? ['""'] : []))
  }

  return grammar.shareRule('other-parameter', branch(names, true))
}
