import { NanoError } from '@nano/core'
import type { ChatFormat } from '../format/chat-format.ts'
import { chatml } from './chatml.ts'
import { deepseekR1Distill } from './deepseek-r1-distill.ts'
import { gptOss } from './gpt-oss.ts'
import { granite33 } from './granite-3.3.ts'
import { llama3 } from './llama-3.ts'
import { nemotron3Nano } from './nemotron-3-nano.ts'
import { nemotronNano2 } from './nemotron-nano-2.ts'
import { nemotron } from './nemotron.ts'
import { phi4MiniReasoning } from './phi-4-mini-reasoning.ts'
import { qwen3 } from './qwen-3.ts'
import { smollm3 } from './smollm-3.ts'

/** Every format of this package, by its name. */
export const formats = {
  nemotron,
  'llama-3': llama3,
  chatml,
  'gpt-oss': gptOss,
  'nemotron-nano-2': nemotronNano2,
  'nemotron-3-nano': nemotron3Nano,
  'granite-3.3': granite33,
  'deepseek-r1-distill': deepseekR1Distill,
  'phi-4-mini-reasoning': phi4MiniReasoning,
  'smollm-3': smollm3,
  'qwen-3': qwen3,
} as const satisfies Readonly<Record<string, ChatFormat>>

/** The name of a format of this package. */
export type FormatName = keyof typeof formats

/**
 * The format that an adapter's option `format` asks for, by name or whole. `adapter` begins the
 * message of the `invalid-request` that an unknown name throws.
 */
export function resolveFormat(format: string | ChatFormat, adapter: string): ChatFormat {
  if (typeof format !== 'string') return format
  if (isFormatName(format)) return formats[format]
  const names = Object.keys(formats).join(', ')
  throw new NanoError(
    'invalid-request',
    `${adapter}: there is no chat format ${JSON.stringify(format)}. The formats are ${names}`,
  )
}

function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(formats, name)
}
