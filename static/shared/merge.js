// @ts-check

/**
 * RFC 7396: what the server says replaces what we had; null takes a member away. Neither argument is changed, and
 * what the patch does not name is shared, so that an unchanged line stays the same object.
 * @param {any} view
 * @param {any} patch
 * @returns {any}
 */
export function merge(view, patch) {
  if (!isObject(patch)) return patch
  const next = isObject(view) ? { ...view } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key]
    else next[key] = merge(Object.hasOwn(next, key) ? next[key] : undefined, value)
  }
  return next
}

/** @param {unknown} value */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value)
