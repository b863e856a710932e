import * as z from 'zod'
import type { ModelProbe } from './profile.ts'

const tokenSchema = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
])
const infoSchema = z.object({
  chat_template: z.string().nullish(),
  bos_token: tokenSchema.nullish().catch(undefined),
  eos_token: tokenSchema.nullish().catch(undefined),
})

/** What a server that was started with `--enable-tokenizer-info-endpoint` says of its tokenizer. */
export const tokenizerInfoProbe: ModelProbe = {
  path: '/tokenizer_info',
  read(response) {
    const info = infoSchema.safeParse(response).data
    if (!info?.chat_template) return undefined
    return {
      chatTemplate: info.chat_template,
      ...(info.bos_token && { bosToken: info.bos_token }),
      ...(info.eos_token && { eosToken: info.eos_token }),
    }
  },
}
