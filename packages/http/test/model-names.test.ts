import { detectFamily } from '@nano/chat'
import { expect, it } from 'vitest'
import { listFamilyNames, nameInPath } from '../src/model-names.ts'

it.each([
  'Qwen3-0.6B',
  'Qwen/Qwen3-0.6B-FP8',
  'Qwen3-4B-AWQ',
  'Qwen3-4B-GGUF',
  'Qwen3-0.6B-Q8_0',
  'unsloth/Qwen3-4B-unsloth-bnb-4bit',
  'Qwen3-8B-GPTQ-Int4',
  'Qwen3-8B-quantized.w4a16',
  'Qwen3-4B-UD-Q4_K_XL',
  'qwen3:4b',
  'qwen3:4b-q4_K_M',
  'openrouter/qwen/qwen3-4b:free',
  'Qwen3-30B-A3B-NVFP4',
  'mlx-community/Qwen3-8B-4bit-DWQ',
  'qwen3-8b@q4_k_m',
  'Qwen/Qwen3-235B-A22B-fp8-tput',
])('the family of %s is known', (name) => {
  const families = listFamilyNames([name]).map(
    (candidate) => detectFamily({ name: candidate })?.name,
  )
  expect(families).toContain('qwen-3')
})

it.each(['Qwen3-4B-Instruct-2507', 'Qwen3-VL-4B-FP8', 'Qwen3Guard-4B', 'my-model'])(
  '%s is no Qwen 3',
  (name) => {
    for (const candidate of listFamilyNames([name]))
      expect(detectFamily({ name: candidate })).toBeUndefined()
  },
)

it.each([
  ['/models/Qwen3-0.6B-Q8_0.gguf', 'Qwen3-0.6B-Q8_0'],
  ['C:\\models\\a.gguf', 'a'],
  [
    '/cache/models--Qwen--Qwen3-0.6B/snapshots/0123456789abcdef0123456789abcdef01234567',
    'Qwen3-0.6B',
  ],
  ['Qwen/Qwen3-0.6B', 'Qwen3-0.6B'],
  ['/mnt/model', undefined],
  ['none', undefined],
  ['', undefined],
])('the path %s names %s', (path, name) => {
  expect(nameInPath(path)).toBe(name)
})
