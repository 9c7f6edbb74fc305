/** With these a message begins, and not with a name, which has no capital. */
const FIRST_WORDS =
  /^(the|an?|there|its?|nothing|no|not|what|which|this|that|log|only|users?|you|your|all|each|every|automatic|another|some\w*|ended|killed|stopped|cancelled|superseded|exited|answers|release|version|deployment|source|waits?|too|whoever|one|by|with|where|in|type|then)\b(?!\/)/;

/** The agent's messages begin in lower case, to be put into a line. */
export function sentence(text: string): string {
  return FIRST_WORDS.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
}
