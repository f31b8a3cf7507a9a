// @ts-check
// "Why €23.41?": the arithmetic of my share, line by line, adding up to the server's figure to the cent.
import { html } from "../vendor/ui.js"
import { percent } from "../shared/money.js"
import { Sheet } from "../shared/sheet.js"
import { fullName } from "./people.js"
import { due, lang, lines, mine, price, view } from "./state.js"
import { fill, fraction, w } from "./words-more.js"

/** @typedef {{label: string, how: string, amount: number}} Step */

/** @param {{onclose: () => void}} props */
export default function WhySheet({ onclose }) {
  const steps = view.value?.split.mode === "items" ? byItems() : byParts()
  const rest = due.value - steps.reduce((sum, step) => sum + step.amount, 0)
  return html`<${Sheet} title=${fill(w.why, price(due.value))} onclose=${onclose}>
    <dl class="sum why">
      ${steps.map((step, at) => html`<div key=${at}><dt>${step.label}<span class="soft small">${step.how}</span></dt><dd class="amount">${price(step.amount)}</dd></div>`)}
      ${rest !== 0 && html`<div><dt>${w.rounding}<span class="soft small">${w.roundingMore}</span></dt><dd class="amount">${price(rest)}</dd></div>`}
      <div class="sum-total"><dt>${w.yourShare}</dt><dd class="amount">${price(due.value)}</dd></div>
    </dl>
    <p class="soft small">${w.whyHint}</p>
  <//>`
}

/** My part of each line, less what is paid of it for me. @returns {Step[]} */
function byItems() {
  return lines.value.flatMap(([, line]) => mine.value.flatMap((guest) => {
    const parts = line.claims[guest]
    if (!parts || line.unpaid <= 0) return []
    const whole = Object.values(line.claims).reduce((sum, one) => sum + one, line.openParts ?? 0)
    const held = (line.paidBy?.[guest] ?? 0) + (line.heldBy?.[guest] ?? 0)
    const label = guest === mine.value[0] ? line.name : `${line.name} (${fullName(guest)})`
    const amount = Math.floor((line.charged * parts) / whole)
    const how = [extras(line), parts === whole ? "" : fill(w.partOf, fraction(parts, whole), price(line.charged))].filter(Boolean).join(", ")
    return held ? [{ label, how, amount }, { label: fill(w.already, line.name), how: "", amount: -Math.min(held, amount) }] : [{ label, how, amount }]
  }))
}

/** What is in the price besides the dish. @param {import("./types.js").Line} line */
const extras = (line) => (line.charged === line.price ? "" : fill(w.withExtras, price(line.price), price(line.charged - line.price)))

/** My part of everything that is unpaid. @returns {Step[]} */
function byParts() {
  const split = view.value?.split
  const totals = view.value?.totals
  if (!split || !totals) return []
  if (split.mode === "amounts") return [{ label: w.youNamed, how: "", amount: due.value }]
  const left = (/** @type {string} */ id) => (split.parts[id] ?? 0) - (split.consumed[id] ?? 0)
  const own = mine.value.reduce((sum, id) => sum + left(id), 0)
  const taken = Object.keys(split.parts).reduce((sum, id) => sum + left(id), 0)
  const used = Object.values(split.consumed).reduce((sum, parts) => sum + parts, 0)
  const whole = Math.max(taken, (split.mode === "even" ? (split.shares ?? 1) : 1_000_000) - used)
  const how = split.mode === "even" ? fill(w.sharesLeft, own, whole, price(totals.unpaid)) : fill(w.percentLeft, percent(own, lang), percent(whole, lang), price(totals.unpaid))
  return [{ label: w.modes[split.mode], how, amount: Math.floor((totals.unpaid * own) / Math.max(1, whole)) }]
}
