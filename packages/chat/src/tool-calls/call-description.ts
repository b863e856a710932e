import type { CallTags } from './call-syntax.ts'

/**
 * How a model writes its tool calls: data, from which the reader of its replies and the grammar of
 * demanded calls follow. The texts are those of the model's template, white space included.
 */
export interface CallDescription {
  /** What stands before the first call. */
  readonly open: string
  /** What stands before the text of a reply with calls, and before `open` where it has none. */
  readonly textOpen?: string
  /** What stands after the last call. */
  readonly close: string
  /** What stands before each call. */
  readonly callOpen: string
  /** What stands after each call. */
  readonly callClose: string
  /** What stands between two calls. Absent where a reply has one call only. */
  readonly separator?: string
  readonly body: CallBody
  /** Tags that the family's models write in place of its own. */
  readonly otherTags?: readonly CallTags[]
}

/** What stands between `callOpen` and `callClose`. */
export type CallBody =
  | JsonBody
  | NamedBody
  | ParametersBody
  | PythonBody
  /** Gemma's values: `name{key:<|"|>text<|"|>,other:1}`; `quote` stands around a text. */
  | { readonly type: 'gemma'; readonly quote: string }

/** One JSON object per call. */
export interface JsonBody {
  readonly type: 'json'
  /** The object as the template writes it, cut at its values; absent where arguments are text. */
  readonly pieces?: readonly CallPiece[]
  /** The key of the name; absent where the name is itself the key of the arguments. */
  readonly nameKey?: string
  readonly argumentsKey?: string
  readonly idKey?: string
}

/** The name, text of the template, and the arguments as a JSON object. */
interface NamedBody {
  readonly type: 'named'
  readonly pieces: readonly CallPiece[]
}

/** The name, and each argument between marks of its own. */
export interface ParametersBody {
  readonly type: 'parameters'
  /** What stands between the name and the first parameter. */
  readonly afterName: string
  readonly parameter: {
    readonly open: string
    /** What stands between the key and a text, and between the key and any other value. */
    readonly beforeText: string
    readonly beforeValue: string
    /** Values may be written as `True`, `False` and `None`. Absent where they are as in JSON. */
    readonly hasPythonWords?: boolean
    readonly close: string
    readonly separator: string
  }
}

/** Python's calls, separated by commas: `f(a="b", c=1)`. */
export interface PythonBody {
  readonly type: 'python'
  /** The quote around texts, where nothing is escaped in them. Absent where they are literals. */
  readonly rawQuote?: string
}

/** A piece of a call: text of the template, or a value. */
export type CallPiece = string | { readonly slot: CallSlot }

/** `index` counts the calls of a reply from 0. */
export type CallSlot = 'name' | 'arguments' | 'id' | 'index'
