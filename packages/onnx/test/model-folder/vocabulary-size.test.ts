import { expect, it } from 'vitest'
import { minTokenCount } from '../../src/model-folder/vocabulary-size.ts'

it.each<[name: string, rows: number, tokens: number]>([
  ['Qwen 3', 151_936, 151_669],
  ['Qwen 2.5 7B', 152_064, 151_665],
  ['Phi 4 mini', 200_064, 200_029],
  ['Phi 2', 51_200, 50_295],
  ['gpt-oss', 201_088, 200_019],
  ['DeepSeek LLM', 102_400, 100_015],
  ['a small one padded to 128', 640, 513],
])('the vocabulary of %s is padded, not cut', (_name, rows, tokens) => {
  expect(tokens).toBeGreaterThanOrEqual(minTokenCount(rows))
})

it.each<[tokens: number, rows: number]>([
  [300, 640],
  [512, 640],
  [128_256, 151_936],
  [151_669, 200_064],
])('%i tokens are too few for %i rows', (tokens, rows) => {
  expect(tokens).toBeLessThan(minTokenCount(rows))
})
