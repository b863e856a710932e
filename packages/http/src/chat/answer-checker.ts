import { type GenerateRequest, NanoError } from '@nano/core'
import { jsonSchemaChecker } from '@nano/core/driver'
import { isJson } from '../is-json.ts'

/** Returns what is wrong with a JSON text; nothing where it holds to its schema. */
export type AnswerChecker = (answer: string) => string | undefined

/**
 * Checks what a server sends, which may ignore a schema silently. Of a schema with a keyword that
 * cannot be checked here, only that the text is JSON is checked.
 */
export function answerChecker(
  schema: NonNullable<GenerateRequest['schema']>,
  label: string,
): AnswerChecker {
  try {
    const findFault = jsonSchemaChecker(schema, label)
    return (answer) => findFault(answer)?.forLogs
  } catch (error) {
    if (!NanoError.is(error) || error.code !== 'unsupported') throw error
    return (answer) => (isJson(answer) ? undefined : 'it is not JSON')
  }
}
