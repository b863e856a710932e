import { expect, it } from 'vitest'
import { formatFigures } from '../src/figures.ts'

const info = { model: 'some-model' }

it('shows the known figures in one line', () => {
  const line = formatFigures(
    { ...info, quantization: 'Q4_K_M', device: 'cuda' },
    {
      usage: { input: 1_200, cachedInput: 800, output: 101, reasoning: 60 },
      timings: { firstPart: 250, firstText: 1_500, total: 2_250 },
    },
  )
  expect(line).toBe(
    'some-model Q4_K_M · cuda · 1,200 in (800 cached) · 60 reasoning · 41 answer · ' +
      'first part 250 ms · first answer 1.5 s · 50 tokens/s',
  )
})
it('leaves out unknown figures', () => {
  expect(formatFigures(info, { usage: { output: 1 }, timings: { firstPart: 3, total: 3 } })).toBe(
    'some-model · 1 answer · first part 3 ms',
  )
})
