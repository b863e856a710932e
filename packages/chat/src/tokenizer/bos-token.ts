import { isJsonObject } from '@nano/core/driver'

/** The text of the token that a post-processor of a `tokenizer.json` puts before a text. */
export function findBosToken(postProcessor: unknown): string | undefined {
  if (!isJsonObject(postProcessor)) return undefined
  const { type, processors, cls, single, special_tokens: tokens } = postProcessor
  // What a later one adds stands before what an earlier one added.
  if (type === 'Sequence' && Array.isArray(processors))
    return processors.map(findBosToken).findLast((token) => token !== undefined)
  if (type === 'BertProcessing' || type === 'RobertaProcessing')
    return Array.isArray(cls) && typeof cls[0] === 'string' ? cls[0] : undefined
  const [first]: unknown[] = type === 'TemplateProcessing' && Array.isArray(single) ? single : []
  const special = isJsonObject(first) ? first.SpecialToken : undefined
  if (!isJsonObject(special) || typeof special.id !== 'string') return undefined
  const namedToken = isJsonObject(tokens) ? tokens[special.id] : undefined
  const [token]: unknown[] =
    isJsonObject(namedToken) && Array.isArray(namedToken.tokens) ? namedToken.tokens : []
  return typeof token === 'string' ? token : special.id
}
