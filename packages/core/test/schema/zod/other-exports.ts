/** What zod exports beside constructors and checks, by what it is. */
export const otherExports = {
  'reads or writes values': [
    ...['parse', 'parseAsync', 'safeParse', 'safeParseAsync', 'validate', 'validateAsync'],
    ...['decode', 'decodeAsync', 'encode', 'encodeAsync'],
    ...['safeDecode', 'safeDecodeAsync', 'safeEncode', 'safeEncodeAsync'],
  ],
  'tells of errors': [
    ...['ZodError', 'ZodRealError', 'ZodIssueCode', 'getErrorMap', 'setErrorMap', 'locales'],
    ...['ZodCompileAsyncError', 'ZodCompileUnsupportedError'],
    ...['flattenError', 'formatError', 'prettifyError', 'treeifyError'],
  ],
  'configures and registers': ['config', 'globalRegistry', 'memoizer', 'registry'],
  'holds other exports': ['coerce', 'core', 'default', 'iso', 'regexes', 'util', 'z'],
  'is a constant or a type': [
    ...['$brand', '$input', '$output', 'INVALID', 'NEVER'],
    ...['TimePrecision', 'ZodFirstPartyTypeKind'],
  ],
  'writes JSON Schema': ['toJSONSchema'],
} as const
