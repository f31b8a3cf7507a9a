// @ts-check
// Amounts as people type them, in minor units of the page's currency.

/** @typedef {import("./money.js").Money} Money */

const DIGITS_MAX = 15

/**
 * What a person typed, in minor units, or null when it is no amount of this currency: "12,34", "€12.34", "1,234.50".
 * @param {Money} money @param {string} text
 * @returns {number | null}
 */
export function amountOf(money, text) {
  const typed = ascii(text).replace(/\p{Sc}|\p{Cf}|[\s\u2019'_]|\p{L}[\p{L}.]*/gu, "")
  if (!/^\d[\d.,]*$|^[.,]\d+$/.test(typed)) return null
  const { exponent, step } = money.currency
  const [whole, fraction] = halves(money, typed)
  if (whole === null || fraction.length > exponent || whole.length + exponent > DIGITS_MAX) return null
  const amount = Number(whole + fraction.padEnd(exponent, "0"))
  return amount % step ? null : amount
}

/** Where the decimals begin. @param {Money} money @param {string} typed @returns {[string | null, string]} */
function halves(money, typed) {
  const point = money.bare.formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? "."
  const at = Math.max(typed.lastIndexOf("."), typed.lastIndexOf(","))
  if (at < 0) return [typed, ""]
  const after = typed.length - at - 1
  const repeats = typed.indexOf(typed.charAt(at)) !== at
  // "1,234" is a thousand and more unless the comma is this language's decimal sign.
  const grouped = repeats || (after === 3 && (money.currency.exponent !== 3 || typed.charAt(at) !== point))
  const whole = grouped ? typed : typed.slice(0, at)
  if (!/^(\d*|\d{1,3}([.,]\d{3})+)$/.test(whole)) return [null, ""]
  return [whole.replace(/[.,]/g, ""), grouped ? "" : typed.slice(at + 1)]
}

/** Digits and signs of other scripts as ASCII. @param {string} text */
const ascii = (text) =>
  text.normalize("NFKC").replace(/\u066b/g, ".").replace(/\u066c/g, "").replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[\u0966-\u096f]/g, (digit) => String(digit.charCodeAt(0) - 0x966))
