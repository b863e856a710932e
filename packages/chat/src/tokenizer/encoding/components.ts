import { isJsonObject } from '@nano/core/driver'
import { fileError } from '../file-error.ts'

/** A normalizer, pre-tokenizer, model or post-processor of a `tokenizer.json`. */
export interface TokenizerComponent {
  readonly type: string
  /** For messages, e.g. `pre-tokenizer`. */
  readonly role: string
  /** The model's name, for messages. */
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Reads a component that may be absent. Throws `bad-model` for one that does not say its kind. */
export function parseComponent(
  value: unknown,
  role: string,
  name: string,
): TokenizerComponent | undefined {
  if (value === null || value === undefined) return undefined
  if (isJsonObject(value) && typeof value.type === 'string')
    return { type: value.type, role, name, fields: value }
  throw fileError(name, `its ${role} has no type`)
}

/** The components that a `Sequence` lists. */
export function parseComponents(
  { fields, role, name }: TokenizerComponent,
  key: string,
): readonly TokenizerComponent[] {
  const list = fields[key]
  if (!Array.isArray(list)) throw fileError(name, `its ${role} lists no parts`)
  return list
    .map((item) => parseComponent(item, role, name))
    .filter((component) => component !== undefined)
}

/** The text of a field. Throws `bad-model` where it has none and no default is given. */
export function readText(
  { fields, type, role, name }: TokenizerComponent,
  key: string,
  fallback?: string,
) {
  const value = fields[key] ?? fallback
  if (typeof value === 'string') return value
  throw fileError(name, `its ${role} of the kind ${type} has no ${key}`)
}

/** Whether a field is true. */
export function readFlag({ fields }: TokenizerComponent, key: string, fallback = false): boolean {
  const value = fields[key]
  return typeof value === 'boolean' ? value : fallback
}

/** The error for a part of a kind that this package does not know. */
export function unknownKind({ type, role, name }: TokenizerComponent): Error {
  return fileError(name, `its ${role} is of the kind ${type}, which is not supported`)
}
