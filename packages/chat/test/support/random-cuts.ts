import { scaleCount } from '../../../../test/shared/long-run.ts'
import { chances } from './chances.ts'

interface Options {
  readonly words: readonly string[]
  readonly seed: number
}

/** Texts of some of these words, each with a way to cut it into pushes. */
export function* randomCuts({
  words,
  seed,
}: Options): Iterable<{ readonly text: string; readonly pushes: readonly string[] }> {
  const chance = chances(seed)
  const rounds = scaleCount(1_000)
  for (let round = 0; round < rounds; round++) {
    const text = Array.from({ length: chance.integer(1, 12) }, () => chance.one(words)).join('')
    const pushes: string[] = []
    for (const character of text) {
      if (pushes.length > 0 && chance() < 0.5) pushes[pushes.length - 1] += character
      else pushes.push(character)
    }
    yield { text, pushes }
  }
}
