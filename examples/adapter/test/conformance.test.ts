import { conformance } from '@nano/core/conformance'
import { it } from 'vitest'
import { openMarkov } from '../src/index.ts'

const text =
  'I cannot say, and I will not guess.\nI can say this much: it is a number.\nIt is what it is.\nAsk me again, and I say it again.'
await conformance(it, () => openMarkov({ text }))
