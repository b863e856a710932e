import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../shared/temporary-folder.ts'

/** Tokens of the vocabulary that the model never says, and the tags that take their place. */
const tags = new Map([
  ['<|reserved_special_token_3|>', '<think>'],
  ['<|reserved_special_token_4|>', '</think>'],
])

interface Tokenizer {
  readonly added_tokens: readonly { readonly content: string; readonly special: boolean }[]
  readonly model: { readonly vocab: Readonly<Record<string, number>> }
}

/**
 * A copy of the folder with another template, and with the tags of thoughts as tokens: servers'
 * parsers look for them.
 */
export function withThoughtTokens(folder: string, template: string): string {
  const copy = temporaryFolder()
  cpSync(folder, copy, { recursive: true })
  const path = join(copy, 'tokenizer.json')
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as Tokenizer
  const vocabulary = Object.entries(tokenizer.model.vocab)
  writeFileSync(
    path,
    JSON.stringify({
      ...tokenizer,
      added_tokens: tokenizer.added_tokens.map((token) => {
        const tag = tags.get(token.content)
        return tag === undefined ? token : { ...token, content: tag, special: false }
      }),
      model: {
        ...tokenizer.model,
        vocab: Object.fromEntries(vocabulary.map(([text, id]) => [tags.get(text) ?? text, id])),
      },
    }),
  )
  const configPath = join(copy, 'tokenizer_config.json')
  const {
    chat_template: _,
    added_tokens_decoder: __,
    ...config
  } = JSON.parse(readFileSync(configPath, 'utf8')) as Readonly<Record<string, unknown>>
  writeFileSync(configPath, JSON.stringify(config))
  writeFileSync(join(copy, 'chat_template.jinja'), template)
  return copy
}
