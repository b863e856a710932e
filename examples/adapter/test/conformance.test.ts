import { conformance } from '@nano/core/conformance'
import { it } from 'vitest'
import { openMarkov } from '../src/index.ts'

const text = [
  'I cannot say, and I will not guess.',
  'I can say this much: it is a number.',
  'It is what it is.',
  'Ask me again, and I say it again.',
].join('\n')
await conformance(it, () => openMarkov({ text }))
