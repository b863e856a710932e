import * as z from 'zod'
import type { ModelProbe } from './profile.ts'

const tokensSchema = z.object({ token_strs: z.array(z.string()) })

/** The tag at the end of a prompt, with line breaks as vocabularies write them: `Ċ`, `<0x0A>`. */
const openedThought = /<think>(?:<0x0A>|[^\w<])*$/

/** Renders the prompt of a reply, and looks whether the template begins a thought in it. */
export const openedThoughtProbe: ModelProbe = {
  path: '/tokenize',
  body: (model) => ({
    model,
    messages: [{ role: 'user', content: 'a' }],
    add_generation_prompt: true,
    chat_template_kwargs: { enable_thinking: true, thinking: true },
    return_token_strs: true,
  }),
  read(response) {
    const prompt = tokensSchema.safeParse(response).data?.token_strs.join('')
    return prompt === undefined ? undefined : { opensThought: openedThought.test(prompt) }
  },
}
