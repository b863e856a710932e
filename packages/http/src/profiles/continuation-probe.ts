import * as z from 'zod'
import type { ModelProbe } from './profile.ts'

const promptSchema = z.object({ prompt: z.string() })
const thought = 'nano-thought'
const answer = 'nano-answer'

/**
 * Renders a reply to continue behind another reply. A llama-server without fields for a
 * continuation refuses two replies in a row, so this probe then says nothing.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server-common.cpp
 */
export const continuationProbe: ModelProbe = {
  path: '/apply-template',
  mayBeRefused: true,
  body: (model) => ({
    model,
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'a' },
      { role: 'assistant', content: answer, reasoning_content: thought },
    ],
    continue_final_message: true,
    add_generation_prompt: false,
  }),
  read(response) {
    const prompt = promptSchema.safeParse(response).data?.prompt
    if (prompt === undefined) return undefined
    // Without --jinja, the server ends the reply.
    if (!prompt.endsWith(answer)) return { continuation: 'none' }
    return { continuation: prompt.includes(thought) ? 'thought-field' : 'appended' }
  },
}

const tokensSchema = z.object({ token_strs: z.array(z.string()) })

/** Renders a reply to continue, and looks for the thought among the tokens of the prompt. */
export const renderedThoughtProbe: ModelProbe = {
  path: '/tokenize',
  body: (model) => ({
    model,
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: answer, reasoning_content: thought, reasoning: thought },
    ],
    continue_final_message: true,
    add_generation_prompt: false,
    return_token_strs: true,
  }),
  read(response) {
    const prompt = tokensSchema.safeParse(response).data?.token_strs.join('')
    if (!prompt?.includes(answer)) return undefined
    return { continuation: prompt.includes(thought) ? 'rendered' : 'rendered-content' }
  },
}
