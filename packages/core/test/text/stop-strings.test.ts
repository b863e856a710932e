import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stopStrings } from '../../src/text/stop-strings.ts'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { expectForEverySplit } from './every-split.ts'

function run(pushes: readonly string[], stops: readonly string[]) {
  const stopper = stopStrings(stops)
  let shownText = ''
  for (const push of pushes) {
    const { text, stopped } = stopper.push(push)
    shownText += text
    if (stopped) return { shownText, stopped }
  }
  return { shownText: shownText + stopper.end(), stopped: false }
}

it.each<[text: string, stops: string[], shownText: string, stopped: boolean]>([
  ['one two STOP three', ['STOP'], 'one two ', true],
  ['nothing to see', ['STOP'], 'nothing to see', false],
  ['half a STO', ['STOP'], 'half a STO', false],
  ['xabc', ['ab', 'xabc'], 'x', true],
  ['xab', ['b', 'ab', 'xab'], '', true],
  ['aab', ['ab'], 'a', true],
  ['', ['a'], '', false],
  ['no stops', [], 'no stops', false],
])('%j with %j, however it is cut', (text, stops, shownText, stopped) => {
  expectForEverySplit(text, (pushes) => run(pushes, stops), { shownText, stopped })
})

it('gives the same for any text and any stops, cut anywhere', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 16 })
  const stops = fc.array(
    fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(text, stops, (text, stops) => {
      expect(run([...text], stops)).toEqual(run([text], stops))
    }),
    { numRuns: scaleCount(2_000) },
  )
})
